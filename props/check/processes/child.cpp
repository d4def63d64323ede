#include "props/check/processes/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <string_view>
#include <system_error>
#include <utility>

namespace poolproof::check {
namespace {

using nlohmann::json;

// Each message is its size and then its bytes.
using Size = std::uint32_t;

[[noreturn]] void fail(const char* call) {
  throw std::system_error(errno, std::generic_category(), call);
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

void redirect(int words) {
  dup2(words, STDOUT_FILENO);
  dup2(words, STDERR_FILENO);
}

// The terminal sends its Ctrl-C to all of its processes: the parent alone decides what becomes of
// it.
void settle_in(pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(0);
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGTERM, SIG_DFL);
}

std::chrono::nanoseconds to_duration(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

std::string whole_of(int fd) {
  // The end is enough.
  constexpr off_t kMost = 65'536;
  const off_t size = lseek(fd, 0, SEEK_END);
  std::string text(static_cast<std::size_t>(std::min(size, kMost)), '\0');
  const ssize_t got = pread(fd, text.data(), text.size(), size - static_cast<off_t>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return text;
}

}  // namespace

void Outbox::send(const json& message) const {
  std::string bytes(sizeof(Size), '\0');
  json::to_msgpack(message, bytes);
  const auto size = static_cast<Size>(bytes.size() - sizeof(Size));
  std::memcpy(bytes.data(), &size, sizeof size);
  if (!write_all(fd_, bytes)) _exit(0);  // nobody listens any more
}

Child::Child(const std::function<void(const Outbox&)>& work) {
  std::array<int, 2> pipe{};
  if (pipe2(pipe.data(), O_CLOEXEC) != 0) fail("pipe2");
  words_ = memfd_create("poolproof", MFD_CLOEXEC);
  if (words_ < 0) fail("memfd_create");
  fcntl(words_, F_SETFL, O_APPEND);
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ < 0) fail("fork");
  if (pid_ == 0) {
    settle_in(parent);
    redirect(words_);
    close(pipe[0]);
    // An exception must not come back into the parent's code.
    [&]() noexcept { work(Outbox(pipe[1])); }();
    _exit(0);
  }
  close(pipe[1]);
  fd_ = pipe[0];
  fcntl(fd_, F_SETFL, O_NONBLOCK);
}

Child::~Child() {
  if (pid_ > 0 && !status_) {
    ::kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  if (fd_ >= 0) close(fd_);
  if (words_ >= 0) close(words_);
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      fd_(std::exchange(other.fd_, -1)),
      words_(std::exchange(other.words_, -1)),
      received_(std::move(other.received_)),
      status_(std::exchange(other.status_, std::nullopt)),
      thought_(other.thought_) {}

Child& Child::operator=(Child&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(fd_, other.fd_);
  std::swap(words_, other.words_);
  std::swap(received_, other.received_);
  std::swap(status_, other.status_);
  std::swap(thought_, other.thought_);
  return *this;
}

void Child::read_on() {
  std::array<char, 65536> buffer;
  for (ssize_t got; (got = read(fd_, buffer.data(), buffer.size())) > 0;) {
    received_.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

std::vector<json> Child::messages() {
  read_on();
  std::vector<json> messages;
  std::size_t at = 0;
  Size size = 0;
  while (received_.size() - at >= sizeof size) {
    std::memcpy(&size, received_.data() + at, sizeof size);
    if (received_.size() - at - sizeof size < size) break;
    const char* const first = received_.data() + at + sizeof size;
    messages.push_back(json::from_msgpack(first, first + size));
    at += sizeof size + size;
  }
  received_.erase(0, at);
  return messages;
}

std::optional<int> Child::ended() {
  if (status_) return status_;
  int status = 0;
  rusage usage{};
  if (wait4(pid_, &status, WNOHANG, &usage) != pid_) return std::nullopt;
  thought_ = to_duration(usage.ru_utime) + to_duration(usage.ru_stime);
  read_on();
  status_ = status;
  return status_;
}

void Child::kill() { ::kill(pid_, SIGKILL); }

std::chrono::nanoseconds Child::thinking() const {
  if (status_) return thought_;
  clockid_t clock{};
  timespec time{};
  if (clock_getcpuclockid(pid_, &clock) != 0 || clock_gettime(clock, &time) != 0) return {};
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

std::string telling_line(int file) {
  const std::string text = whole_of(file);
  std::string last;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string line = text.substr(begin, end - begin);
    const std::size_t verdict = line.find("ERROR: ");
    if (verdict != std::string::npos && line.find("Sanitizer: ") != std::string::npos) {
      return line.substr(verdict + std::strlen("ERROR: "));
    }
    if (line.find(": runtime error: ") != std::string::npos) return line;
    if (!line.empty()) last = std::move(line);
    begin = end + 1;
  }
  return last;
}

bool wait_for(const std::vector<const Child*>& children, std::chrono::milliseconds most) {
  std::vector<pollfd> polled;
  polled.reserve(children.size());
  for (const Child* const child : children) polled.push_back({child->fd(), POLLIN, 0});
  return poll(polled.data(), polled.size(), static_cast<int>(most.count())) > 0;
}

}  // namespace poolproof::check
