#include "integration/postgres_keeper.hpp"

#include <fcntl.h>
#include <grp.h>
#include <libpq-fe.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <vector>

namespace poolproof::integration {
namespace {

namespace fs = std::filesystem;

// What went wrong, in one line; nullopt: nothing.
using Complaint = std::optional<std::string>;

std::string system_error(const std::string& what) { return what + ": " + std::strerror(errno); }

// Keeps only the two pipes (as `lifeline` and `report` of the caller), and leaves the terminal's
// process group, so that Ctrl-C ends the test and not its keeper.
void detach(int lifeline, int report) {
  setsid();
  const auto [low, high] = std::minmax(lifeline, report);
  close_range(STDERR_FILENO + 1, low - 1, 0);
  if (high > low + 1) close_range(low + 1, high - 1, 0);
  close_range(high + 1, ~0U, 0);
  const int nothing = open("/dev/null", O_RDWR);
  for (int standard = STDIN_FILENO; standard <= STDERR_FILENO; ++standard) dup2(nothing, standard);
  if (nothing > STDERR_FILENO) close(nothing);
}

// PostgreSQL refuses to run as root.
Complaint drop_root() {
  if (geteuid() != 0) return std::nullopt;
  for (const char* name : {"postgres", "nobody"}) {
    const passwd* const user = getpwnam(name);
    if (user == nullptr) continue;
    if (initgroups(name, user->pw_gid) == 0 && setgid(user->pw_gid) == 0 &&
        setuid(user->pw_uid) == 0) {
      return std::nullopt;
    }
    return system_error(std::string("cannot become user ") + name);
  }
  return "root cannot run PostgreSQL, and there is no user postgres or nobody to do it";
}

// Starts a program that dies with us and writes to `log`.
pid_t spawn(const std::vector<std::string>& command, const fs::path& log) {
  const pid_t keeper = getpid();
  const pid_t child = fork();
  if (child != 0) return child;

  prctl(PR_SET_PDEATHSIG, SIGQUIT);
  if (getppid() != keeper) _exit(1);  // it died before the line above
  const int output = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  execv(arguments[0], arguments.data());
  _exit(127);
}

// Waits for `child` to end, and says whether it had no complaint of its own.
bool succeeded(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return false;
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// Waits for end of file on the lifeline, at most `milliseconds` (-1: as long as it takes).
bool cut(int lifeline, int milliseconds) {
  pollfd end{lifeline, POLLIN, 0};
  return poll(&end, 1, milliseconds) > 0;
}

std::string last_line(const fs::path& log) {
  std::ifstream file(log);
  std::string last;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty()) last = line;
  }
  return last;
}

class Server {
 public:
  ~Server() {
    if (postmaster_ > 0) {
      kill(postmaster_, SIGQUIT);  // an "immediate shutdown": at once, with no care for the data
      succeeded(postmaster_);
    }
    std::error_code ignored;
    if (!folder_.empty()) fs::remove_all(folder_, ignored);
  }

  const fs::path& folder() const { return folder_; }

  Complaint start(const KeeperTask& task, int lifeline) {
    if (Complaint complaint = make_folder()) return complaint;
    const fs::path programs = task.server_programs;
    const fs::path log = folder_ / "log";
    const std::string data = folder_ / "data";
    if (!succeeded(spawn({programs / "initdb", "--no-sync", "--auth=trust", "--username=postgres",
                          "--encoding=UTF8", "--locale=C", "--pgdata=" + data},
                         log))) {
      return "initdb failed: " + last_line(log);
    }
    if (!task.access.empty()) std::ofstream(fs::path(data) / "pg_hba.conf") << task.access;
    std::vector<std::string> command{programs / "postgres", "-D", data, "-k", folder_};
    const auto set = [&](const std::string& setting) {
      command.insert(command.end(), {"-c", setting});
    };
    set("listen_addresses=");
    set("fsync=off");
    set("max_connections=" + std::to_string(task.max_connections));
    for (const std::string& setting : task.settings) set(setting);
    postmaster_ = spawn(command, log);
    if (postmaster_ < 0) return system_error("fork");
    return wait_until_ready(log, lifeline);
  }

 private:
  Complaint make_folder() {
    const char* const base = std::getenv("TMPDIR");
    std::string name = fs::path(base != nullptr ? base : "/tmp") / "poolproof-postgres-XXXXXX";
    if (name.size() + std::strlen("/.s.PGSQL.5432") >= sizeof(sockaddr_un::sun_path)) {
      return "the path of TMPDIR is too long for a Unix socket in it: set a shorter one";
    }
    if (mkdtemp(name.data()) == nullptr) {
      return system_error("cannot make the folder " + name + " (set TMPDIR to one I can write)");
    }
    folder_ = name;
    fs::current_path(folder_);  // PostgreSQL's programs complain if they may not read theirs
    return std::nullopt;
  }

  Complaint wait_until_ready(const fs::path& log, int lifeline) {
    const std::string conninfo = "host=" + folder_.string() + " dbname=postgres user=postgres";
    while (PQping(conninfo.c_str()) != PQPING_OK) {
      if (waitpid(postmaster_, nullptr, WNOHANG) == postmaster_) {
        postmaster_ = -1;
        return "postgres ended at once: " + last_line(log);
      }
      if (cut(lifeline, 10)) return "no longer wanted";  // also what paces this loop
    }
    return std::nullopt;
  }

  fs::path folder_;
  pid_t postmaster_ = -1;
};

void tell(int report, const std::string& line) {
  // If nobody listens any more the lifeline says so next.
  [[maybe_unused]] const ssize_t written = write(report, line.data(), line.size());
}

}  // namespace

void keep_postgres(const KeeperTask& task, int lifeline, int report) {
  detach(lifeline, report);
  signal(SIGPIPE, SIG_IGN);
  {
    Server server;
    Complaint complaint = drop_root();
    if (!complaint) complaint = server.start(task, lifeline);
    if (complaint) {
      tell(report, "-" + *complaint + "\n");
    } else {
      tell(report, "+" + server.folder().string() + "\n");
      while (!cut(lifeline, -1)) {
      }
    }
  }
  _exit(0);  // closes `report`, which is how the test learns that all is gone
}

}  // namespace poolproof::integration
