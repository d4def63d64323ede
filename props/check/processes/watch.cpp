#include "props/check/processes/watch.hpp"

#include <fmt/format.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

namespace poolproof::check {
namespace {

// More than the guard inside it grants: it could not end the run.
constexpr std::chrono::seconds kMostThinkingFromOutside(10);

// A process that sleeps all along uses less.
constexpr std::chrono::milliseconds kAsleep(20);

struct SystemCall {
  long number;
  const char* name;
  bool of_file;  // its first argument is a file descriptor
};

constexpr std::array kSystemCalls{
    SystemCall{SYS_read, "read", true},
    SystemCall{SYS_write, "write", true},
    SystemCall{SYS_readv, "readv", true},
    SystemCall{SYS_recvfrom, "recvfrom", true},
    SystemCall{SYS_recvmsg, "recvmsg", true},
    SystemCall{SYS_sendto, "sendto", true},
    SystemCall{SYS_connect, "connect", true},
    SystemCall{SYS_flock, "flock", true},
    SystemCall{SYS_fcntl, "fcntl", true},
#ifdef SYS_poll
    SystemCall{SYS_poll, "poll", false},
#endif
    SystemCall{SYS_ppoll, "ppoll", false},
    SystemCall{SYS_futex, "futex", false},
    SystemCall{SYS_nanosleep, "nanosleep", false},
    SystemCall{SYS_clock_nanosleep, "clock_nanosleep", false},
    SystemCall{SYS_wait4, "wait4", false},
};

std::string of_process(pid_t pid, const std::string& file) {
  return fmt::format("/proc/{}/{}", pid, file);
}

bool sleeps(pid_t pid) {
  std::ifstream status(of_process(pid, "status"));
  for (std::string key, value; status >> key; std::getline(status, value)) {
    if (key == "State:" && status >> value) return value == "S";
  }
  return false;
}

// What the descriptor stands for: a pipe, a socket, a path.
std::string file_of(pid_t pid, const std::string& hexadecimal) {
  std::error_code none;
  const auto fd = std::strtol(hexadecimal.c_str(), nullptr, 16);
  const auto target =
      std::filesystem::read_symlink(of_process(pid, fmt::format("fd/{}", fd)), none).string();
  if (target.empty()) return "";
  // The number of a pipe or socket means nothing later.
  return " of " + target.substr(0, target.find(":["));
}

// Which system call it sleeps in; empty where the kernel does not tell.
std::string system_call(pid_t pid) {
  std::ifstream file(of_process(pid, "syscall"));
  long number = -1;
  std::string argument;
  if (!(file >> number >> argument)) return "";
  for (const SystemCall& each : kSystemCalls) {
    if (each.number == number) return each.name + (each.of_file ? file_of(pid, argument) : "");
  }
  return fmt::format("number {}", number);
}

}  // namespace

std::optional<std::string> Watch::hangs(const Child& child, const Slate& slate) {
  const auto now = Clock::now();
  const auto thinking = child.thinking();
  const bool gets_on = slate.beats() != std::exchange(beats_, slate.beats());
  if (gets_on) at_beat_ = thinking;
  if (thinking - at_beat_ > kMostThinkingFromOutside) {
    return "a thread goes in circles without ever blocking";
  }
  if (gets_on || thinking - thinking_ > kAsleep || !sleeps(child.pid())) {
    since_ = now;
    thinking_ = thinking;
    return std::nullopt;
  }
  if (now - since_ < most_sleeping_) return std::nullopt;
  const std::string call = system_call(child.pid());
  return "the process sleeps in a system call that is not simulated" +
         (call.empty() ? "" : ": " + call);
}

bool killed_from_outside(int status, const Slate& slate) {
  if (!WIFSIGNALED(status)) return false;
  constexpr std::array kOthers{SIGKILL, SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGXCPU};
  const int signal = WTERMSIG(status);
  return slate.was_killed_from_outside() ||
         std::find(kOthers.begin(), kOthers.end(), signal) != kOthers.end();
}

std::string cause_of_death(int status, const Slate& slate, const Child& child,
                           const std::optional<std::string>& hung) {
  std::string words = child.last_words();
  if (words.find("Sanitizer: ") != std::string::npos) return words;
  std::string cause;
  if (!slate.last_words().empty()) {
    cause = slate.last_words();  // it died, or hung, while it told them
  } else if (hung) {
    cause = *hung;
  } else if (WIFEXITED(status)) {
    cause = fmt::format("the process exits at once with status {}", WEXITSTATUS(status));
  } else {
    cause = fmt::format("the process is killed by signal {} ({})", WTERMSIG(status),
                        strsignal(WTERMSIG(status)));
  }
  return words.empty() ? cause : cause + ", after it had written: " + words;
}

}  // namespace poolproof::check
