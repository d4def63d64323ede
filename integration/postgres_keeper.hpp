// The process between a test and its private server. It sits at the reading end of a pipe, the
// lifeline, whose writing end only the test holds: the kernel closes that when the test ends, be
// it by return, abort or SIGKILL. So there is one way in which a server is stopped, and no test
// can skip it.
#pragma once

#include <string>
#include <vector>

namespace poolproof::integration {

struct KeeperTask {
  std::string server_programs;  // the folder with initdb and postgres
  int max_connections;
  std::vector<std::string> settings;  // as postgresql.conf has them
  std::string access;                 // pg_hba.conf; empty: as initdb writes it
};

// Makes the folder, starts the server, writes to `report` one line, either "+FOLDER" once it can be
// connected to, or "-REASON". Then waits for the end of `lifeline`, kills the server and removes
// the folder. Takes over the process, a forked one: drops root's rights and all other descriptors.
[[noreturn]] void keep_postgres(const KeeperTask& task, int lifeline, int report);

}  // namespace poolproof::integration
