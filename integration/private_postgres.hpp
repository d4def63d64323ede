// A PostgreSQL server of one's own: in a fresh folder, on a Unix socket in it, gone without trace
// afterwards. For tests and benchmarks: it trusts everybody and does not care for its data.
#pragma once

#include <string>
#include <vector>

#include <poolproof/result.hpp>

namespace poolproof::integration {

// Runs until it is destroyed, or until the process that started it is dead, however it died: a
// keeper process (postgres_keeper.hpp) stops the server and removes its folder in both cases.
class PrivatePostgres {
 public:
  struct Options {
    int max_connections = 100;
    std::vector<std::string> settings{};  // more of postgresql.conf: "timezone=UTC"
    std::string access{};                 // the whole pg_hba.conf; empty: everybody is trusted
  };

  // Takes about a second. Started by root, the server runs as user `postgres`, else `nobody`.
  // The folder is made under TMPDIR, else /tmp. Forks: call it before there are other threads.
  // The error is one line to act on.
  static Result<PrivatePostgres, std::string> start(Options options);
  static Result<PrivatePostgres, std::string> start() { return start(Options()); }

  PrivatePostgres(PrivatePostgres&& other) noexcept;
  PrivatePostgres& operator=(PrivatePostgres&&) = delete;

  // Blocks until the server is down and its folder gone.
  ~PrivatePostgres();

  // A libpq connection string, as superuser; more may be appended after a space.
  const std::string& conninfo() const { return conninfo_; }

  const std::string& folder() const { return folder_; }

 private:
  PrivatePostgres(std::string folder, int lifeline, int report);

  std::string folder_;
  std::string conninfo_;
  int lifeline_;  // the keeper lives while this end of the pipe is open; -1: moved from
  int report_;    // end of file: the keeper has ended
};

}  // namespace poolproof::integration
