// Everything random: see ../entropy.hpp. OpenSSL and libstdc++ mix what the kernel gives them with
// what is left from before, or ask the processor; their functions are therefore replaced whole.
#include <fcntl.h>
#include <sys/random.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <limits>

#include "props/world/interpose/real.hpp"
#include "props/world/machine.hpp"

using poolproof::world::Entropy;
using poolproof::world::Machine;
using poolproof::world::real;

namespace {

// The longest that getentropy() gives.
constexpr std::size_t kMostEntropy = 256;

Machine* wants_device(const char* path) {
  return Entropy::is_device(path) ? Machine::inside() : nullptr;
}

// The file's mode, where one was given.
mode_t mode_of(int flags, va_list arguments) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

ssize_t read_device(void* machine, char* bytes, std::size_t size) {
  static_cast<Machine*>(machine)->entropy.fill(bytes, size);
  return static_cast<ssize_t>(size);
}

// There is no descriptor beneath it; libstdc++'s file streams ask for one, and read that.
std::FILE* open_device(Machine& machine) {
  std::FILE* const stream = fopencookie(
      &machine, "r", {.read = read_device, .write = nullptr, .seek = nullptr, .close = nullptr});
  machine.entropy.opened(stream);
  return stream;
}

void freshen() {
  if (auto* const machine = Machine::inside()) machine->entropy.freshen_library();
}

}  // namespace

// The C library's generators, which keep their state in the process.
#define POOLPROOF_FRESHENED(symbol, ...) \
  POOLPROOF_REAL(symbol);                \
  freshen();                             \
  return real_##symbol(__VA_ARGS__)

extern "C" {

// ---- the kernel's ----

ssize_t getrandom(void* bytes, size_t size, unsigned int flags) {
  POOLPROOF_REAL(getrandom);
  auto* const machine = Machine::inside();
  if (machine == nullptr) return real_getrandom(bytes, size, flags);
  machine->entropy.fill(bytes, size);
  return static_cast<ssize_t>(size);
}

int getentropy(void* bytes, size_t size) {
  POOLPROOF_REAL(getentropy);
  auto* const machine = Machine::inside();
  if (machine == nullptr) return real_getentropy(bytes, size);
  if (size > kMostEntropy) {
    errno = EIO;
    return -1;
  }
  machine->entropy.fill(bytes, size);
  return 0;
}

int open(const char* path, int flags, ...) {
  POOLPROOF_REAL(open);
  if (wants_device(path) != nullptr) return Entropy::kDescriptor;
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return real_open(path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  POOLPROOF_REAL(open64);
  if (wants_device(path) != nullptr) return Entropy::kDescriptor;
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return real_open64(path, flags, mode);
}

int openat(int folder, const char* path, int flags, ...) {
  POOLPROOF_REAL(openat);
  if (wants_device(path) != nullptr) return Entropy::kDescriptor;
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return real_openat(folder, path, flags, mode);
}

std::FILE* fopen(const char* path, const char* mode) {
  POOLPROOF_REAL(fopen);
  auto* const machine = wants_device(path);
  return machine == nullptr ? real_fopen(path, mode) : open_device(*machine);
}

std::FILE* fopen64(const char* path, const char* mode) {
  POOLPROOF_REAL(fopen64);
  auto* const machine = wants_device(path);
  return machine == nullptr ? real_fopen64(path, mode) : open_device(*machine);
}

int fileno(std::FILE* stream) noexcept {
  POOLPROOF_REAL(fileno);
  auto* const machine = Machine::inside();
  if (machine != nullptr && machine->entropy.is_device(stream)) return Entropy::kDescriptor;
  return real_fileno(stream);
}

// ---- the C library's ----

uint32_t arc4random() noexcept {
  static constinit const auto real_arc4random = real<uint32_t()>("arc4random");
  auto* const machine = Machine::inside();
  return machine == nullptr ? real_arc4random() : machine->entropy.next();
}

void arc4random_buf(void* bytes, size_t size) noexcept {
  static constinit const auto real_arc4random_buf = real<void(void*, size_t)>("arc4random_buf");
  auto* const machine = Machine::inside();
  if (machine == nullptr) return real_arc4random_buf(bytes, size);
  machine->entropy.fill(bytes, size);
}

uint32_t arc4random_uniform(uint32_t bound) noexcept {
  static constinit const auto real_arc4random_uniform =
      real<uint32_t(uint32_t)>("arc4random_uniform");
  auto* const machine = Machine::inside();
  if (machine == nullptr) return real_arc4random_uniform(bound);
  return bound == 0 ? 0 : machine->entropy.next() % bound;
}

int rand() noexcept { POOLPROOF_FRESHENED(rand); }
void srand(unsigned int seed) noexcept { POOLPROOF_FRESHENED(srand, seed); }
long random() noexcept { POOLPROOF_FRESHENED(random); }
void srandom(unsigned int seed) noexcept { POOLPROOF_FRESHENED(srandom, seed); }
double drand48() noexcept { POOLPROOF_FRESHENED(drand48); }
long lrand48() noexcept { POOLPROOF_FRESHENED(lrand48); }
long mrand48() noexcept { POOLPROOF_FRESHENED(mrand48); }
void srand48(long seed) noexcept { POOLPROOF_FRESHENED(srand48, seed); }
unsigned short* seed48(unsigned short seed[3]) noexcept { POOLPROOF_FRESHENED(seed48, seed); }

// ---- OpenSSL's and libstdc++'s ----
// Looked up when they are first called from outside: the executable itself needs neither.

// NOLINTBEGIN(readability-identifier-naming): OpenSSL's names
int RAND_bytes(unsigned char* bytes, int size) {
  if (auto* const machine = Machine::inside()) {
    machine->entropy.fill(bytes, static_cast<std::size_t>(size));
    return 1;
  }
  static constinit const auto real_fill = real<int(unsigned char*, int)>("RAND_bytes");
  return real_fill(bytes, size);
}

int RAND_priv_bytes(unsigned char* bytes, int size) {
  if (auto* const machine = Machine::inside()) {
    machine->entropy.fill(bytes, static_cast<std::size_t>(size));
    return 1;
  }
  static constinit const auto real_fill = real<int(unsigned char*, int)>("RAND_priv_bytes");
  return real_fill(bytes, size);
}
// NOLINTEND(readability-identifier-naming)

// std::random_device::_M_getval(), which asks the processor where that has an instruction for it.
// NOLINTNEXTLINE(bugprone-reserved-identifier, readability-identifier-naming): its mangled name
unsigned int _ZNSt13random_device9_M_getvalEv(void* device) {
  static constinit const auto getval =
      real<unsigned int(void*)>("_ZNSt13random_device9_M_getvalEv");
  auto* const machine = Machine::inside();
  return machine == nullptr ? getval(device) : machine->entropy.next();
}

}  // extern "C"
