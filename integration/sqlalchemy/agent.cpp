#include "integration/sqlalchemy/agent.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <sstream>

namespace poolproof::integration {

Agent::Agent() {
  std::signal(SIGPIPE, SIG_IGN);  // an agent that has died is told by its silence
  std::array<int, 2> to{};
  std::array<int, 2> from{};
  if (pipe2(to.data(), O_CLOEXEC) != 0 || pipe2(from.data(), O_CLOEXEC) != 0) return;

  posix_spawn_file_actions_t actions{};
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
  std::string python = "/usr/bin/python3";  // Debian's: the one that has Debian's SQLAlchemy
  std::string script = POOLPROOF_SQLALCHEMY_AGENT;
  std::string leave_no_bytecode = "-B";
  const std::array arguments{python.data(), leave_no_bytecode.data(), script.data(),
                             static_cast<char*>(nullptr)};
  if (posix_spawn(&process_, python.c_str(), &actions, nullptr, arguments.data(), environ) != 0) {
    process_ = -1;
  }
  posix_spawn_file_actions_destroy(&actions);
  close(to[0]);
  close(from[1]);
  to_ = fdopen(to[1], "w");
  from_ = fdopen(from[0], "r");
  version_ = read_line();
}

Agent::~Agent() {
  if (to_ != nullptr) std::fclose(to_);  // the end of its input ends it
  if (from_ != nullptr) std::fclose(from_);
  if (process_ < 0) return;
  while (waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

std::vector<std::string> Agent::observe(const std::string& sequence) {
  std::fputs(sequence.c_str(), to_);
  std::fputc('\n', to_);
  std::fflush(to_);

  std::vector<std::string> observations;
  std::istringstream line(read_line());
  for (std::string each; std::getline(line, each, ';');) observations.push_back(each);
  return observations;
}

std::string Agent::read_line() {
  std::string line;
  if (from_ == nullptr) return line;
  for (int next = std::getc(from_); next != EOF && next != '\n'; next = std::getc(from_)) {
    line += static_cast<char>(next);
  }
  return line;
}

}  // namespace poolproof::integration
