// The process: its number, and the ways to end it, which from inside a task end the run instead, as
// a finding.
#include <unistd.h>

#include <cassert>
#include <cstdlib>
#include <exception>
#include <string>

#include "props/world/interpose/real.hpp"
#include "props/world/machine.hpp"

using poolproof::world::Machine;

namespace {

constexpr pid_t kProcess = 1000;

void refuse_inside(const std::string& what) {
  if (auto* const machine = Machine::inside()) {
    const std::string words = machine->last_words();
    machine->scheduler.misuse(words.empty() ? what : what + ", after it had written: " + words);
  }
}

[[noreturn]] void on_terminate();
const std::terminate_handler library_handler = std::set_terminate(on_terminate);

// The library's own handler says less, and less still the second time.
[[noreturn]] void on_terminate() {
  std::string what = "std::terminate is called";
  if (const auto exception = std::current_exception()) {
    try {
      std::rethrow_exception(exception);
    } catch (const std::exception& known) {
      what = std::string("an exception escapes from a thread: ") + known.what();
    } catch (...) {
      what = "an exception escapes from a thread";
    }
  }
  refuse_inside(what);
  library_handler();
  std::abort();
}

}  // namespace

extern "C" {

// The same in every process: some code makes seeds and names of it.
pid_t getpid() noexcept {
  static constinit const auto real_getpid = poolproof::world::real<pid_t()>("getpid");
  return Machine::inside() == nullptr ? real_getpid() : kProcess;
}

pid_t gettid() noexcept {
  static constinit const auto real_gettid = poolproof::world::real<pid_t()>("gettid");
  auto* const machine = Machine::inside();
  return machine == nullptr ? real_gettid()
                            : kProcess + static_cast<pid_t>(machine->scheduler.current().id);
}

void abort() noexcept {
  static constinit const auto real_abort = poolproof::world::real<void()>("abort");
  refuse_inside("the process is aborted");
  real_abort();
  __builtin_unreachable();
}

void exit(int status) noexcept {
  static constinit const auto real_exit = poolproof::world::real<void(int)>("exit");
  refuse_inside("the process exits with status " + std::to_string(status));
  real_exit(status);
  __builtin_unreachable();
}

void _exit(int status) {
  static constinit const auto exit_now = poolproof::world::real<void(int)>("_exit");
  refuse_inside("the process exits at once with status " + std::to_string(status));
  exit_now(status);
  __builtin_unreachable();
}

// NOLINTNEXTLINE(bugprone-reserved-identifier, readability-identifier-naming): the C library's name
void __assert_fail(const char* expression, const char* file, unsigned int line,
                   const char* function) noexcept {
  static constinit const auto fail =
      poolproof::world::real<void(const char*, const char*, unsigned int, const char*)>(
          "__assert_fail");
  refuse_inside(std::string("an assertion fails: ") + expression);
  fail(expression, file, line, function);
  __builtin_unreachable();
}

}  // extern "C"
