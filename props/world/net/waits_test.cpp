// poll, select and epoll: what they find, on both machines, and what they are refused.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/timerfd.h>

#include <array>
#include <vector>

#include "props/world/net/net_fixture.hpp"

namespace poolproof::world {
namespace {

using namespace std::chrono_literals;

void add(int fd, std::uint64_t count = 1) { EXPECT_EQ(write(fd, &count, sizeof count), 8); }
void drain(int fd) {
  std::uint64_t count = 0;
  EXPECT_EQ(read(fd, &count, sizeof count), 8);
}

// A counter that is closed in the end.
struct Counting {
  explicit Counting(unsigned count = 0) : fd(eventfd(count, EFD_NONBLOCK)) {}
  ~Counting() { close(fd); }
  const int fd;
};

struct Epolling {
  Epolling() : fd(epoll_create1(EPOLL_CLOEXEC)) {}
  ~Epolling() { close(fd); }
  int control(int operation, int target, unsigned events, int data) const {
    epoll_event event{};
    event.events = events;
    event.data.u32 = static_cast<unsigned>(data);
    return answer_of(epoll_ctl(fd, operation, target, &event));
  }
  int add(int target, unsigned events, int data = 0) const {
    return control(EPOLL_CTL_ADD, target, events, data);
  }
  // The number of what is ready, then of each its data and events.
  Answers wait(int timeout = 0, int most = 8) const {
    std::array<epoll_event, 8> events{};
    const int count = answer_of(epoll_wait(fd, events.data(), most, timeout));
    Answers answers{count};
    for (int i = 0; i < count; ++i) {
      answers.push_back(static_cast<int>(events[static_cast<std::size_t>(i)].data.u32));
      answers.push_back(static_cast<int>(events[static_cast<std::size_t>(i)].events));
    }
    return answers;
  }
  const int fd;
};

void append(Answers& to, const Answers& more) { to.insert(to.end(), more.begin(), more.end()); }

fd_set set_of(std::initializer_list<int> fds) {
  fd_set set;
  FD_ZERO(&set);
  for (const int fd : fds) FD_SET(fd, &set);
  return set;
}

const SyncCase kCases[] = {
    {"OfPollThatFindsSome",
     [] {
       const Counting one(1);
       const Counting two(0);
       std::array<pollfd, 4> fds{pollfd{one.fd, POLLIN, 0}, pollfd{two.fd, POLLIN, 0},
                                 pollfd{-7, POLLIN, 9}, pollfd{two.fd, POLLOUT, 0}};
       Answers seen{poll(fds.data(), fds.size(), -1)};
       for (const pollfd& each : fds) seen.push_back(each.revents);
       return seen;
     },
     {2, POLLIN, 0, 0, POLLOUT}},
    {"OfPollOfWhatIsNotOpen",
     [] {
       int fd = -1;
       {
         const Counting closed;
         fd = closed.fd;
       }
       pollfd each{fd, POLLIN, 0};
       return Answers{poll(&each, 1, -1), each.revents};
     },
     {1, POLLNVAL}},
    {"OfPollsWhoseTimeIsUp",
     [] {
       const Counting none;
       pollfd each{none.fd, POLLIN, 0};
       const timespec short_time{0, 2'000'000};
       return Answers{poll(&each, 1, 0), poll(&each, 1, 2), poll(nullptr, 0, 2),
                      ppoll(&each, 1, &short_time, nullptr),
                      answer_of(ppoll(&each, 1, &kNoReading, nullptr))};
     },
     {0, 0, 0, 0, -EINVAL}},
    {"OfPollThatIsWoken",
     [] {
       const Counting counting;
       const Counting other;
       std::thread waker([&] { add(counting.fd); });
       std::array<pollfd, 2> fds{pollfd{other.fd, POLLIN, 0}, pollfd{counting.fd, POLLIN, 0}};
       const int found = poll(fds.data(), fds.size(), -1);
       waker.join();
       return Answers{found, fds[0].revents, fds[1].revents};
     },
     {1, 0, POLLIN}},
    {"OfSelectThatFindsSome",
     [] {
       const Counting full(1);
       const Counting empty(0);
       fd_set read = set_of({full.fd, empty.fd});
       fd_set write = set_of({full.fd});
       fd_set except = set_of({full.fd});
       const int count = std::max(full.fd, empty.fd) + 1;
       Answers seen{select(count, &read, &write, &except, nullptr)};
       seen.push_back(FD_ISSET(full.fd, &read));
       seen.push_back(FD_ISSET(empty.fd, &read));
       seen.push_back(FD_ISSET(full.fd, &write));
       seen.push_back(FD_ISSET(full.fd, &except));
       return seen;
     },
     {2, 1, 0, 1, 0}},
    {"OfSelectsWhoseTimeIsUp",
     [] {
       const Counting none;
       fd_set read = set_of({none.fd});
       timeval time{0, 2000};
       Answers seen{select(none.fd + 1, &read, nullptr, nullptr, &time), FD_ISSET(none.fd, &read),
                    static_cast<int>(time.tv_usec)};
       time.tv_usec = 2000;
       seen.push_back(select(0, nullptr, nullptr, nullptr, &time));
       const timespec short_time{0, 2'000'000};
       seen.push_back(pselect(0, nullptr, nullptr, nullptr, &short_time, nullptr));
       return seen;
     },
     {0, 0, 0, 0, 0}},
    {"OfSelectsThatCannotBe",
     [] {
       int fd = -1;
       {
         const Counting closed;
         fd = closed.fd;
       }
       fd_set read = set_of({fd});
       timeval negative{-1, 0};
       return Answers{answer_of(select(fd + 1, &read, nullptr, nullptr, nullptr)),
                      answer_of(select(-1, nullptr, nullptr, nullptr, nullptr)),
                      answer_of(select(0, nullptr, nullptr, nullptr, &negative)),
                      answer_of(pselect(0, nullptr, nullptr, nullptr, &kNoReading, nullptr))};
     },
     {-EBADF, -EINVAL, -EINVAL, -EINVAL}},
    {"OfALevelTriggeredEpoll",
     [] {
       const Counting counting(1);
       const Epolling epoll;
       Answers seen{epoll.add(counting.fd, EPOLLIN | EPOLLOUT, 42)};
       append(seen, epoll.wait());
       append(seen, epoll.wait());
       drain(counting.fd);
       append(seen, epoll.wait());
       return seen;
     },
     {0, 1, 42, EPOLLIN | EPOLLOUT, 1, 42, EPOLLIN | EPOLLOUT, 1, 42, EPOLLOUT}},
    {"OfAnEdgeTriggeredEpoll",
     [] {
       const Counting counting(1);
       const Epolling epoll;
       Answers seen{epoll.add(counting.fd, EPOLLIN | EPOLLET, 7)};
       append(seen, epoll.wait());
       append(seen, epoll.wait());  // nothing has happened
       add(counting.fd);            // still readable, but something has
       append(seen, epoll.wait());
       drain(counting.fd);
       append(seen, epoll.wait());
       add(counting.fd);
       drain(counting.fd);
       append(seen, epoll.wait());  // it was, and is no more
       return seen;
     },
     {0, 1, 7, EPOLLIN, 0, 1, 7, EPOLLIN, 0, 0}},
    {"OfAOneShotEpoll",
     [] {
       const Counting counting(1);
       const Epolling epoll;
       Answers seen{epoll.add(counting.fd, EPOLLIN | EPOLLONESHOT, 7)};
       append(seen, epoll.wait());
       add(counting.fd);
       append(seen, epoll.wait());
       seen.push_back(epoll.control(EPOLL_CTL_MOD, counting.fd, EPOLLIN | EPOLLONESHOT, 8));
       append(seen, epoll.wait());
       append(seen, epoll.wait());
       return seen;
     },
     {0, 1, 7, EPOLLIN, 0, 0, 1, 8, EPOLLIN, 0}},
    {"OfAnEpollThatTellsOfAFewAtATime",
     [] {
       const Counting one(1);
       const Counting two(1);
       const Counting three(1);
       const Epolling epoll;
       Answers seen{epoll.add(one.fd, EPOLLIN, 1), epoll.add(two.fd, EPOLLIN, 2),
                    epoll.add(three.fd, EPOLLIN, 3)};
       append(seen, epoll.wait(0, 2));
       append(seen, epoll.wait(0, 2));  // the one that was left comes first
       return seen;
     },
     {0, 0, 0, 2, 1, EPOLLIN, 2, EPOLLIN, 2, 3, EPOLLIN, 1, EPOLLIN}},
    {"OfAnEpollThatIsChanged",
     [] {
       const Counting counting(1);
       const Epolling epoll;
       Answers seen{epoll.add(counting.fd, 0, 1)};
       append(seen, epoll.wait());
       seen.push_back(epoll.control(EPOLL_CTL_MOD, counting.fd, EPOLLIN, 2));
       append(seen, epoll.wait());
       seen.push_back(epoll.control(EPOLL_CTL_DEL, counting.fd, 0, 0));
       append(seen, epoll.wait());
       return seen;
     },
     {0, 0, 0, 1, 2, EPOLLIN, 0, 0}},
    {"OfAnEpollThatForgetsWhatIsClosed",
     [] {
       const Epolling epoll;
       const int fd = eventfd(1, 0);
       Answers seen{epoll.add(fd, EPOLLIN, 1)};
       close(fd);
       append(seen, epoll.wait());
       seen.push_back(epoll.control(EPOLL_CTL_DEL, fd, 0, 0));
       return seen;
     },
     {0, 0, -EBADF}},
    {"OfAnEpollOfAnEpoll",
     [] {
       const Counting counting;
       const Epolling inner;
       const Epolling outer;
       Answers seen{inner.add(counting.fd, EPOLLIN, 1), outer.add(inner.fd, EPOLLIN, 2),
                    inner.add(outer.fd, EPOLLIN, 3)};
       append(seen, outer.wait());
       add(counting.fd);
       append(seen, outer.wait());
       append(seen, inner.wait());
       seen.push_back(bits_of(inner.fd) & POLLIN);
       return seen;
     },
     {0, 0, -ELOOP, 0, 1, 2, EPOLLIN, 1, 1, EPOLLIN, POLLIN}},
    {"OfEpollsThatCannotBe",
     [] {
       const Counting counting;
       const Epolling epoll;
       Answers seen{epoll.add(counting.fd, EPOLLIN), epoll.add(counting.fd, EPOLLIN),
                    epoll.add(epoll.fd, EPOLLIN), epoll.add(-1, EPOLLIN)};
       const Counting other;
       for (const int each :
            {epoll.control(EPOLL_CTL_MOD, other.fd, EPOLLIN, 0),
             epoll.control(EPOLL_CTL_DEL, other.fd, 0, 0), epoll.control(99, other.fd, 0, 0),
             epoll.wait(0, 0)[0], answer_of(epoll_create(0)), answer_of(epoll_create1(1))}) {
         seen.push_back(each);
       }
       epoll_event event{};
       seen.push_back(answer_of(epoll_wait(counting.fd, &event, 1, 0)));
       seen.push_back(answer_of(epoll_ctl(counting.fd, EPOLL_CTL_ADD, other.fd, &event)));
       seen.push_back(answer_of(read(epoll.fd, &event, 1)));
       return seen;
     },
     {0, -EEXIST, -EINVAL, -EBADF, -ENOENT, -ENOENT, -EINVAL, -EINVAL, -EINVAL, -EINVAL, -EINVAL,
      -EINVAL, -EINVAL}},
    {"OfAnEpollThatWaits",
     [] {
       const Counting counting;
       const int timer = timerfd_create(CLOCK_MONOTONIC, 0);
       const Epolling epoll;
       epoll.add(counting.fd, EPOLLIN | EPOLLET, 1);
       epoll.add(timer, EPOLLIN, 2);
       Answers seen = epoll.wait(2);
       std::thread waker([&] { add(counting.fd); });
       append(seen, epoll.wait(-1));
       waker.join();
       const itimerspec soon_after{{}, {0, 1'000'000}};
       timerfd_settime(timer, 0, &soon_after, nullptr);
       append(seen, epoll.wait(-1));
       close(timer);
       return seen;
     },
     {0, 1, 1, EPOLLIN, 1, 2, EPOLLIN}},
    {"OfAnEpollOfAConnection",
     [] {
       const Epolling epoll;
       const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
       call_tcp(fd);
       epoll.add(fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP, 1);
       Answers seen = epoll.wait(-1);
       epoll.control(EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLRDHUP | EPOLLET, 2);
       say(fd, "a");
       append(seen, epoll.wait(-1));
       hear(fd, 1);
       append(seen, epoll.wait());
       say(fd, "!");
       append(seen, epoll.wait(-1));
       close(fd);
       return seen;
     },
     {1, 1, EPOLLOUT, 1, 2, EPOLLIN, 0, 1, 2, EPOLLIN | EPOLLRDHUP | EPOLLERR | EPOLLHUP}},
};

POOLPROOF_NET_ON_BOTH_MACHINES(WaitAnswers, kCases);

// ---- in the world only ----

using Waits = NetWorldFixture;

TEST_F(Waits, EndWithBytesThatComeLater) {
  class Slow final : public Listener {
    struct Far final : Peer {
      explicit Far(Line& line) : line(line) {}
      void used() override {}
      void receive(std::string_view bytes) override { line.write(bytes, 15ms); }
      void hang_up() override {}
      Line& line;
    };
    Reception accept(const Address& /*address*/, Line& line) override {
      return {std::make_unique<Far>(line)};
    }
  } slow;
  std::vector<Duration> when;
  EXPECT_EQ(run([&] {
              machine_.net.reset(slow);
              const int fd = dial(AF_UNIX);
              const Epolling epoll;
              epoll.add(fd, EPOLLIN | EPOLLET);
              const auto note = [&](int found) { when.push_back(found * 1h + elapsed()); };
              say(fd, "a");
              note(epoll.wait(-1)[0]);
              hear(fd);
              say(fd, "b");
              fd_set read = set_of({fd});
              note(select(fd + 1, &read, nullptr, nullptr, nullptr));
              say(fd, "c");
              note(epoll.wait(-1)[0]);
              note(epoll.wait(20)[0]);
              note(epoll.wait(20)[0]);
            }),
            Ending::finished);
  EXPECT_THAT(when, testing::ElementsAre(1h + 15ms, 1h + 30ms, 1h + 30ms, 1h + 45ms, 65ms));
}

class WaitsForRealDescriptors : public Waits {
 protected:
  void SetUp() override { real_ = eventfd(0, 0); }
  void TearDown() override { close(real_); }
  void expect_refused(const char* symbol, Body task) {
    EXPECT_EQ(run(std::move(task)), Ending::unsupported);
    EXPECT_EQ(refusal(), std::string(symbol) + ": a task waits for a real file descriptor");
  }

  int real_ = -1;
};

TEST_F(WaitsForRealDescriptors, AreRefusedByName) {
  const int real_epoll = epoll_create1(0);
  epoll_event event{};
  expect_refused("poll", [&] {
    std::array<pollfd, 2> fds{pollfd{eventfd(1, 0), POLLIN, 0}, pollfd{real_, POLLIN, 0}};
    poll(fds.data(), fds.size(), 0);
  });
  expect_refused("ppoll", [&] {
    pollfd each{real_, POLLIN, 0};
    ppoll(&each, 1, nullptr, nullptr);
  });
  expect_refused("select", [&] {
    fd_set read = set_of({real_});
    select(real_ + 1, &read, nullptr, nullptr, nullptr);
  });
  expect_refused("epoll_wait", [&] { epoll_wait(real_epoll, &event, 1, 0); });
  expect_refused("epoll_ctl", [&] { epoll_ctl(real_epoll, EPOLL_CTL_ADD, eventfd(0, 0), &event); });
  expect_refused("epoll_ctl", [&] { epoll_ctl(epoll_create1(0), EPOLL_CTL_ADD, real_, &event); });
  close(real_epoll);
}

}  // namespace
}  // namespace poolproof::world
