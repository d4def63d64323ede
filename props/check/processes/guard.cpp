#include "props/check/processes/guard.hpp"

#include <fmt/format.h>
#include <malloc.h>
#include <sys/resource.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <new>
#include <utility>

#include "props/check/processes/child.hpp"
#include "props/world/interpose/real.hpp"
#include "props/world/machine.hpp"

namespace poolproof::check {
namespace {

using world::Machine;

constexpr std::chrono::milliseconds kTick(50);

// For telling what happened when the rest is used up.
constexpr std::size_t kReserve = std::size_t{64} << 20;

constexpr std::array kDeadly{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};

// In a task these would be the world's.
pid_t process = 0;
decltype(clock_gettime)* real_clock_gettime = nullptr;

Slate* slate = nullptr;
bool wounded = false;
bool slow = false;
int most_ticks = 0;
std::size_t most_memory = 0;
std::size_t memory_at_start = 0;
rlimit address_space{};
alignas(16) std::array<char, 65'536> signal_stack;

void begin_telling() {
  slate->begin_telling();
  wounded = true;
}

// ---- memory ----

std::size_t allocated() {
  const struct mallinfo2 now = mallinfo2();
  return now.uordblks + now.hblkhd;
}

std::size_t allocated_since_start() { return allocated() - std::min(allocated(), memory_at_start); }

std::size_t address_space_in_use() {
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

// The sanitizer's own memory has no bounds.
constexpr bool kMayLimitMemory =
#ifdef POOLPROOF_ADDRESS_SANITIZER
    false;
#else
    true;
#endif

// What is told of a run that has used it up needs memory too.
void open_reserve() {
  if (!kMayLimitMemory || address_space.rlim_max == 0) return;
  const rlimit more{address_space.rlim_cur + kReserve, address_space.rlim_max};
  setrlimit(RLIMIT_AS, &more);
}

// Before operator new fails. What cannot have memory in a task is no use to anybody else either.
void on_no_memory() {
  open_reserve();
  Machine* const machine = Machine::beneath();
  if (machine == nullptr || slate->stage() == Stage::telling) throw std::bad_alloc();
  begin_telling();
  slow = true;
  machine->crash("memory runs out" + memory_note());
}

void limit_memory() {
  memory_at_start = allocated();
  std::set_new_handler(on_no_memory);
  if (!kMayLimitMemory) return;
  getrlimit(RLIMIT_AS, &address_space);
  address_space.rlim_cur =
      std::min<rlim_t>(address_space_in_use() + most_memory, address_space.rlim_max);
  setrlimit(RLIMIT_AS, &address_space);
}

// ---- deadly signals ----

std::uintptr_t stack_pointer([[maybe_unused]] const void* context) {
#if defined(__x86_64__)
  return static_cast<std::uintptr_t>(
      static_cast<const ucontext_t*>(context)->uc_mcontext.gregs[REG_RSP]);
#elif defined(__aarch64__)
  return static_cast<const ucontext_t*>(context)->uc_mcontext.sp;
#else
  return 0;
#endif
}

// The page below a stack may not be touched; a frame that is larger than it is rare.
bool stack_overflows(const siginfo_t& info, const void* context) {
  constexpr std::uintptr_t kNear = 65'536;
  const auto address = reinterpret_cast<std::uintptr_t>(info.si_addr);
  const std::uintptr_t top = stack_pointer(context);
  return info.si_code == SEGV_ACCERR && address + kNear > top && address < top + kNear;
}

// Allocates nothing: the heap may be what is broken.
using Sentence = std::array<char, 128>;

Sentence sentence(int signal, const siginfo_t& info, const void* context) {
  Sentence text{};
  const auto say = [&](auto format, auto... values) {
    fmt::format_to_n(text.data(), text.size() - 1, format, values...);
  };
  const char* const name = sigdescr_np(signal);
  const bool raised = info.si_code <= 0;
  if (signal == SIGABRT) {
    say(FMT_STRING("the process is aborted"));
  } else if (raised) {
    say(FMT_STRING("the process raises signal {} ({})"), signal, name);
  } else if (signal == SIGSEGV && stack_overflows(info, context)) {
    say(FMT_STRING("the stack of a thread overflows"));
  } else if (signal == SIGSEGV) {
    say(FMT_STRING("segmentation fault at address {}"), info.si_addr);
  } else if (signal == SIGBUS) {
    say(FMT_STRING("bus error at address {}"), info.si_addr);
  } else if (signal == SIGFPE && info.si_code == FPE_INTDIV) {
    say(FMT_STRING("an integer is divided by zero"));
  } else {
    say(FMT_STRING("signal {} ({})"), signal, name);
  }
  return text;
}

// By whoever sent it, or by the instruction that faulted, which is executed again.
void die_of(int signal, const siginfo_t& info) {
  std::signal(signal, SIG_DFL);
  if (info.si_code <= 0) raise(signal);
}

// Runs on a stack of its own. The run ends, and control goes on where it began: this frame is never
// returned to, and so the signal must not be blocked while it runs.
void on_deadly(int signal, siginfo_t* info, void* context) {
  Machine* const machine = Machine::beneath();
  const bool sent = info->si_code <= 0 && info->si_pid != process;
  if (sent) slate->killed_from_outside();
  if (sent || machine == nullptr || slate->stage() == Stage::telling) return die_of(signal, *info);
  begin_telling();
  const Sentence short_story = sentence(signal, *info, context);
  slate->tell(short_story.data());
  open_reserve();
  slow = !memory_note().empty();
  std::string what = short_story.data() + memory_note();
  std::string words = machine->last_words();
  if (words.empty()) words = telling_line(STDERR_FILENO);
  if (!words.empty()) what += ", after it had written: " + words;
  machine->crash(what);
}

// ---- endless loops ----

// Whether this OS thread is the one that has used up the tick. The system may have told another.
bool is_mine() {
  thread_local std::int64_t last = 0;
  timespec time{};
  real_clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  const std::int64_t now = time.tv_sec * 1'000'000'000 + time.tv_nsec;
  return now - std::exchange(last, now) > std::chrono::nanoseconds(kTick).count() / 2;
}

// Each tick of processor time. Both a new run and a new scheduling point are progress.
void on_tick(int) {
  static std::uint64_t beats = 0, steps = 0;
  static int ticks = 0;
  if (!is_mine()) return;
  Machine* const machine = Machine::beneath();
  const std::uint64_t steps_now = machine == nullptr ? 0 : machine->scheduler.steps();
  const bool progress = machine == nullptr || steps_now != steps || slate->beats() != beats;
  beats = slate->beats();
  steps = steps_now;
  ticks = progress ? 0 : ticks + 1;
  if (machine == nullptr || ticks < most_ticks || slate->stage() == Stage::telling) return;
  constexpr const char* kWhat = "a thread goes in circles without ever blocking";
  begin_telling();
  slow = true;
  slate->tell(kWhat);
  machine->crash(kWhat + memory_note());
}

void start_clock() {
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGPROF;
  timer_t timer{};
  if (timer_create(CLOCK_PROCESS_CPUTIME_ID, &event, &timer) != 0) return;
  const timespec period{0, std::chrono::nanoseconds(kTick).count()};
  const itimerspec every{period, period};
  timer_settime(timer, 0, &every, nullptr);
}

void handle(int signal, struct sigaction action, int flags) {
  action.sa_flags |= flags | SA_ONSTACK | SA_NODEFER;
  sigaction(signal, &action, nullptr);
}

}  // namespace

void stand_guard(Slate& own_slate, const Limits& limits) {
  slate = &own_slate;
  process = getpid();
  real_clock_gettime = world::real<decltype(clock_gettime)>("clock_gettime");
  most_ticks = static_cast<int>(limits.thinking / kTick);
  most_memory = limits.memory;
  const stack_t stack{.ss_sp = signal_stack.data(), .ss_flags = 0, .ss_size = signal_stack.size()};
  sigaltstack(&stack, nullptr);
  struct sigaction deadly {};
  deadly.sa_sigaction = on_deadly;
  for (const int signal : kDeadly) handle(signal, deadly, SA_SIGINFO);
  struct sigaction tick {};
  tick.sa_handler = on_tick;
  handle(SIGPROF, tick, SA_RESTART);
  start_clock();
  limit_memory();
}

bool is_wounded() { return wounded; }

bool was_slow() { return slow; }

std::string memory_note() {
  const std::size_t memory = allocated_since_start();
  return memory < most_memory / 2 ? "" : fmt::format(", with {} MiB allocated", memory >> 20);
}

bool is_worn_out() { return allocated_since_start() > most_memory / 4; }

}  // namespace poolproof::check
