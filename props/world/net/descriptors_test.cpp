// Pipes, pairs of sockets, eventfd and timerfd: what they answer, on both machines.
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>

#include <array>
#include <limits>
#include <vector>

#include "props/world/net/net_fixture.hpp"

namespace poolproof::world {
namespace {

constexpr int kIn = POLLIN | POLLRDNORM;
constexpr int kOut = POLLOUT | POLLWRNORM;
constexpr int kPairOut = kOut | POLLWRBAND;

struct Ends {
  int read = -1;
  int write = -1;

  ~Ends() {
    close(read);
    close(write);
  }
};

void open_pipe(Ends& ends, int flags = O_NONBLOCK) {
  std::array<int, 2> fds{-1, -1};
  pipe2(fds.data(), flags);
  ends.read = fds[0];
  ends.write = fds[1];
}
void open_pair(Ends& ends, int flags = SOCK_NONBLOCK) {
  std::array<int, 2> fds{-1, -1};
  socketpair(AF_UNIX, SOCK_STREAM | flags, 0, fds.data());
  ends.read = fds[0];
  ends.write = fds[1];
}

int put(int fd, std::size_t size) {
  const std::string bytes(size, 'x');
  return answer_of(write(fd, bytes.data(), size));
}
int get(int fd, std::size_t size) {
  std::string bytes(size, '\0');
  return answer_of(read(fd, bytes.data(), size));
}
int unread(int fd) {
  int count = -1;
  return ioctl(fd, FIONREAD, &count) == 0 ? count : -errno;
}

int add(int fd, std::uint64_t count) { return answer_of(write(fd, &count, sizeof count)); }
int take(int fd) {
  std::uint64_t count = 0;
  return read(fd, &count, sizeof count) == sizeof count ? static_cast<int>(count) : -errno;
}

constexpr long kMillisecond = 1'000'000;
itimerspec after(long value, long interval = 0) { return {{0, interval}, {0, value}}; }
int set(int fd, itimerspec value, int flags = 0) {
  return answer_of(timerfd_settime(fd, flags, &value, nullptr));
}

const SyncCase kCases[] = {
    {"OfAPipe",
     [] {
       Ends pipe;
       open_pipe(pipe);
       return Answers{bits_of(pipe.read),
                      bits_of(pipe.write),
                      get(pipe.read, 1),
                      put(pipe.write, 5),
                      bits_of(pipe.read),
                      unread(pipe.read),
                      get(pipe.read, 3),
                      get(pipe.read, 3),
                      put(pipe.read, 1),
                      get(pipe.write, 1),
                      fcntl(pipe.read, F_GETFL) & O_ACCMODE,
                      fcntl(pipe.write, F_GETFL) & O_ACCMODE};
     },
     {0, kOut, -EAGAIN, 5, kIn, 5, 3, 2, -EBADF, -EBADF, O_RDONLY, O_WRONLY}},
    {"OfAPipeThatIsFull",
     [] {
       Ends pipe;
       open_pipe(pipe);
       return Answers{put(pipe.write, 100'000), bits_of(pipe.write), put(pipe.write, 1),
                      get(pipe.read, 4096),     bits_of(pipe.write), put(pipe.write, 4096),
                      get(pipe.read, 65'536),   put(pipe.write, 100)};
     },
     {65'536, 0, -EAGAIN, 4096, kOut, 4096, 65'536, 100}},
    {"OfAPipeWithoutAWriter",
     [] {
       Ends pipe;
       open_pipe(pipe);
       put(pipe.write, 2);
       close(std::exchange(pipe.write, -1));
       return Answers{bits_of(pipe.read), get(pipe.read, 9), get(pipe.read, 9), bits_of(pipe.read)};
     },
     {kIn | POLLHUP, 2, 0, POLLHUP}},
    {"OfAPipeWithoutAReader",
     [] {
       Ends pipe;
       open_pipe(pipe);
       close(std::exchange(pipe.read, -1));
       return Answers{bits_of(pipe.write), put(pipe.write, 1)};
     },
     {kOut | POLLERR, -EPIPE}},
    {"OfAWriterThatWaitsForRoom",
     [] {
       Ends pipe;
       open_pipe(pipe, 0);
       int got = 0;
       std::thread reader([&] {
         while (got < 200'000) got += get(pipe.read, 50'000);
       });
       const int written = put(pipe.write, 200'000);
       reader.join();
       return Answers{written, got};
     },
     {200'000, 200'000}},
    {"OfPipesThatCannotBe",
     [] {
       std::array<int, 2> ends{};
       return Answers{answer_of(pipe2(ends.data(), 1)),
                      answer_of(socketpair(AF_INET, SOCK_STREAM, 0, ends.data()))};
     },
     {-EINVAL, -EOPNOTSUPP}},
    {"OfAPairOfSockets",
     [] {
       Ends pair;
       open_pair(pair);
       Answers seen{bits_of(pair.read),           hear(pair.read),
                    say(pair.write, "abc"),       bits_of(pair.read),
                    hear(pair.read, 2, MSG_PEEK), get(pair.read, 9)};
       close(std::exchange(pair.write, -1));
       for (const int each :
            {bits_of(pair.read), hear(pair.read), say(pair.read, "x"), pending_error(pair.read)}) {
         seen.push_back(each);
       }
       return seen;
     },
     {kPairOut, -EAGAIN, 3, kIn | kPairOut, 2, 3, kIn | kPairOut | POLLRDHUP | POLLHUP, 0, -EPIPE,
      0}},
    {"OfAPairWhoseOtherEndHadSomethingToRead",
     [] {
       Ends pair;
       open_pair(pair);
       say(pair.read, "unread");
       say(pair.write, "ab");
       close(std::exchange(pair.write, -1));
       return Answers{bits_of(pair.read), hear(pair.read), hear(pair.read), hear(pair.read)};
     },
     {kIn | kPairOut | POLLRDHUP | POLLHUP | POLLERR, 2, -ECONNRESET, 0}},
    {"OfAPairThatIsShutDownOneWay",
     [] {
       Ends pair;
       open_pair(pair);
       return Answers{answer_of(shutdown(pair.write, SHUT_WR)),
                      say(pair.write, "x"),
                      bits_of(pair.read),
                      hear(pair.read),
                      say(pair.read, "abc"),
                      hear(pair.write),
                      answer_of(shutdown(pair.write, SHUT_RD)),
                      say(pair.read, "x"),
                      bits_of(pair.read)};
     },
     {0, -EPIPE, kIn | kPairOut | POLLRDHUP, 0, 3, 3, 0, -EPIPE,
      kIn | kPairOut | POLLRDHUP | POLLHUP}},
    {"OfAnEventCounter",
     [] {
       const int fd = eventfd(3, EFD_NONBLOCK);
       Answers seen{bits_of(fd), take(fd), take(fd), bits_of(fd), add(fd, 2), add(fd, 5), take(fd)};
       constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
       for (const int each : {add(fd, kMost), add(fd, kMost - 1), add(fd, 1), bits_of(fd),
                              put(fd, 7), get(fd, 7), unread(fd)}) {
         seen.push_back(each);
       }
       close(fd);
       return seen;
     },
     {POLLIN | POLLOUT, 3, -EAGAIN, POLLOUT, 8, 8, 7, -EINVAL, 8, -EAGAIN, POLLIN, -EINVAL, -EINVAL,
      -ENOTTY}},
    {"OfAnEventCounterThatIsASemaphore",
     [] {
       const int fd = eventfd(2, EFD_NONBLOCK | EFD_SEMAPHORE);
       Answers seen{take(fd), take(fd), take(fd), eventfd_write(fd, 1)};
       eventfd_t value = 0;
       seen.push_back(eventfd_read(fd, &value));
       seen.push_back(static_cast<int>(value));
       seen.push_back(answer_of(eventfd(0, 1 << 30)));
       close(fd);
       return seen;
     },
     {1, 1, -EAGAIN, 0, 0, 1, -EINVAL}},
    {"OfATaskThatWaitsForAnEventCounter",
     [] {
       const int fd = eventfd(0, 0);
       std::thread other([&] { add(fd, 4); });
       const int got = take(fd);
       other.join();
       close(fd);
       return Answers{got};
     },
     {4}},
    {"OfATimer",
     [] {
       const int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
       Answers seen{bits_of(fd),         take(fd),  set(fd, after(2 * kMillisecond)),
                    bits_of(fd, POLLIN), take(fd),  take(fd),
                    put(fd, 8),          get(fd, 7)};
       itimerspec left{};
       seen.push_back(answer_of(timerfd_gettime(fd, &left)));
       seen.push_back(static_cast<int>(left.it_value.tv_nsec));
       close(fd);
       return seen;
     },
     {0, -EAGAIN, 0, POLLIN, 1, -EAGAIN, -EINVAL, -EINVAL, 0, 0}},
    {"OfATimerThatGoesOnAndIsStopped",
     [] {
       const int fd = timerfd_create(CLOCK_MONOTONIC, 0);
       Answers seen{set(fd, after(kMillisecond, kMillisecond))};
       int expired = 0;
       while (expired < 3) expired += take(fd);
       itimerspec before{};
       const itimerspec off{};
       seen.push_back(timerfd_settime(fd, 0, &off, &before));
       seen.push_back(static_cast<int>(before.it_interval.tv_nsec));
       seen.push_back(static_cast<int>(before.it_value.tv_nsec <= kMillisecond));
       seen.push_back(bits_of(fd));
       close(fd);
       return seen;
     },
     {0, 0, kMillisecond, 1, 0}},
    {"OfATimerSetToAReadingOfItsClock",
     [] {
       Answers seen;
       for (const clockid_t clock : {CLOCK_MONOTONIC, CLOCK_REALTIME}) {
         const int fd = timerfd_create(clock, 0);
         const itimerspec value{{}, soon(clock)};
         const itimerspec past{{}, kLongAgo};
         seen.push_back(set(fd, value, TFD_TIMER_ABSTIME));
         seen.push_back(take(fd));
         seen.push_back(set(fd, past, TFD_TIMER_ABSTIME));
         seen.push_back(take(fd));
         close(fd);
       }
       return seen;
     },
     {0, 1, 0, 1, 0, 1, 0, 1}},
    {"OfTimersThatCannotBe",
     [] {
       const int fd = timerfd_create(CLOCK_MONOTONIC, 0);
       const int other = eventfd(0, 0);
       Answers seen{answer_of(timerfd_create(99, 0)),
                    answer_of(timerfd_create(CLOCK_MONOTONIC, 1)),
                    set(fd, {{}, kNoReading}),
                    set(fd, after(1), 1 << 30),
                    set(other, after(1)),
                    set(-1, after(1))};
       close(fd);
       close(other);
       return seen;
     },
     {-EINVAL, -EINVAL, -EINVAL, -EINVAL, -EINVAL, -EBADF}},
    {"OfCallsByNumber",
     [] {
       std::array<int, 2> ends{};
       Answers seen{static_cast<int>(syscall(SYS_pipe2, ends.data(), O_NONBLOCK))};
       char byte = 'x';
       seen.push_back(static_cast<int>(syscall(SYS_write, ends[1], &byte, 1)));
       seen.push_back(static_cast<int>(syscall(SYS_read, ends[0], &byte, 1)));
       const int counter = static_cast<int>(syscall(SYS_eventfd2, 5, EFD_NONBLOCK));
       seen.push_back(take(counter));
       for (const int fd : {ends[0], ends[1], counter}) {
         seen.push_back(static_cast<int>(syscall(SYS_close, fd)));
       }
       return seen;
     },
     {0, 1, 1, 5, 0, 0, 0}},
};

POOLPROOF_NET_ON_BOTH_MACHINES(DescriptorAnswers, kCases);

using Descriptors = WorldFixture;

TEST_F(Descriptors, CountTheExpiriesOfATimerInVirtualTime) {
  std::vector<int> counts;
  EXPECT_EQ(run([&] {
              const int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
              set(fd, after(10 * kMillisecond, 3 * kMillisecond));
              for (const int wait : {9, 1, 7, 1}) {
                sleep(wait * std::chrono::milliseconds(1));
                counts.push_back(take(fd));
              }
              itimerspec left{};
              timerfd_gettime(fd, &left);
              counts.push_back(static_cast<int>(left.it_value.tv_nsec / kMillisecond));
              close(fd);
            }),
            Ending::finished);
  EXPECT_THAT(counts, testing::ElementsAre(-EAGAIN, 1, 2, -EAGAIN, 1));
}

TEST_F(Descriptors, AreNotCopied) {
  EXPECT_EQ(run([&] { dup(eventfd(0, 0)); }), Ending::unsupported);
  EXPECT_EQ(refusal(), "dup: the simulated machine does not model it");
  EXPECT_EQ(run([&] { dup2(1, eventfd(0, 0)); }), Ending::unsupported);
  EXPECT_EQ(run([&] { fcntl(eventfd(0, 0), F_DUPFD, 3); }), Ending::unsupported);
  EXPECT_EQ(refusal(), "fcntl, command 0: the simulated machine does not model it");
}

TEST_F(Descriptors, DoNotListen) {
  EXPECT_EQ(run([&] { listen(socket(AF_INET, SOCK_STREAM, 0), 1); }), Ending::unsupported);
  EXPECT_EQ(refusal(), "listen: the simulated machine does not model it");
}

}  // namespace
}  // namespace poolproof::world
