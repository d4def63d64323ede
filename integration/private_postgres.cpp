#include "integration/private_postgres.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>

#include "integration/postgres_keeper.hpp"

namespace poolproof::integration {
namespace {

namespace fs = std::filesystem;

bool has_server_programs(const fs::path& folder) {
  return access((folder / "initdb").c_str(), X_OK) == 0 &&
         access((folder / "postgres").c_str(), X_OK) == 0;
}

// Where pg_config says, if it is installed; it comes with libpq's headers, and says so even if the
// server is not.
fs::path folder_by_pg_config() {
  FILE* const output = popen("pg_config --bindir 2>/dev/null", "r");
  if (output == nullptr) return {};
  std::array<char, 4096> line{};
  const bool told = std::fgets(line.data(), line.size(), output) != nullptr;
  pclose(output);
  if (!told) return {};
  line[std::strcspn(line.data(), "\n")] = '\0';
  return line.data();
}

// /usr/lib/postgresql/15/bin, as Debian has it; of several the newest.
fs::path newest_debian_folder() {
  fs::path newest;
  int newest_version = 0;
  std::error_code none;
  for (const fs::directory_entry& entry : fs::directory_iterator("/usr/lib/postgresql", none)) {
    const int version = std::atoi(entry.path().filename().c_str());
    if (version > newest_version && has_server_programs(entry.path() / "bin")) {
      newest_version = version;
      newest = entry.path() / "bin";
    }
  }
  return newest;
}

std::optional<fs::path> find_server_programs() {
  for (const fs::path& folder : {folder_by_pg_config(), newest_debian_folder()}) {
    if (!folder.empty() && has_server_programs(folder)) return folder;
  }
  return std::nullopt;
}

// Up to the end of the line, or to the end of the file.
std::string read_line(int file) {
  std::string line;
  char next = 0;
  while (true) {
    const ssize_t got = read(file, &next, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || next == '\n') return line;
    line += next;
  }
}

// Forks the keeper as a grandchild: whoever kills this process with all its children, as ctest does
// after a timeout, shall not find it.
bool fork_keeper(const KeeperTask& task, int lifeline, int report) {
  const pid_t child = fork();
  if (child == 0) {
    if (fork() == 0) keep_postgres(task, lifeline, report);
    _exit(0);
  }
  if (child < 0) return false;
  while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  return true;
}

}  // namespace

Result<PrivatePostgres, std::string> PrivatePostgres::start(Options options) {
  const std::optional<fs::path> programs = find_server_programs();
  if (!programs) {
    return Unexpected(
        std::string("no PostgreSQL server programs (initdb, postgres): neither where "
                    "`pg_config --bindir` says nor in /usr/lib/postgresql/*/bin; "
                    "install the server, on Debian the package postgresql"));
  }

  std::array<int, 2> lifeline{};
  std::array<int, 2> report{};
  if (pipe2(lifeline.data(), O_CLOEXEC) != 0) return Unexpected(std::string(std::strerror(errno)));
  if (pipe2(report.data(), O_CLOEXEC) != 0) return Unexpected(std::string(std::strerror(errno)));
  const bool forked = fork_keeper(
      {*programs, options.max_connections, std::move(options.settings), std::move(options.access)},
      lifeline[0], report[1]);
  close(lifeline[0]);
  close(report[1]);

  // From here on the destructor ends what was begun, a failed start included.
  const std::string answer = forked ? read_line(report[0]) : "-cannot fork";
  const bool started = !answer.empty() && answer[0] == '+';
  PrivatePostgres server(started ? answer.substr(1) : "", lifeline[1], report[0]);
  if (started) return server;
  return Unexpected("cannot start a private PostgreSQL: " +
                    (answer.empty() ? "its keeper died" : answer.substr(1)));
}

PrivatePostgres::PrivatePostgres(std::string folder, int lifeline, int report)
    : folder_(std::move(folder)),
      conninfo_("host=" + folder_ + " dbname=postgres user=postgres"),
      lifeline_(lifeline),
      report_(report) {}

PrivatePostgres::PrivatePostgres(PrivatePostgres&& other) noexcept
    : folder_(std::move(other.folder_)),
      conninfo_(std::move(other.conninfo_)),
      lifeline_(std::exchange(other.lifeline_, -1)),
      report_(std::exchange(other.report_, -1)) {}

PrivatePostgres::~PrivatePostgres() {
  if (lifeline_ < 0) return;
  close(lifeline_);
  read_line(report_);  // blocks until the keeper has ended
  close(report_);
}

}  // namespace poolproof::integration
