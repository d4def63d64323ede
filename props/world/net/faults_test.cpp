// The network's faults, as a socket feels them, and what a peer can do to its line.
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include <functional>
#include <string>
#include <vector>

#include "props/world/net/net_fixture.hpp"

namespace poolproof::world {
namespace {

using namespace std::chrono_literals;
using testing::Each;
using testing::ElementsAre;

// Whose part the test plays: it has the line, and writes down what it hears.
class Correspondent final : public Listener {
 public:
  Reception accept(const Address& address, Line& line) override {
    called = address;
    this->line = &line;
    if (error != 0) return Reception::refused(error, after);
    Reception reception(std::make_unique<Far>(*this));
    reception.after = after;
    return reception;
  }

  Address called;
  Line* line = nullptr;
  std::vector<std::string> heard;
  int error = 0;
  Duration after{};

 private:
  struct Far final : Peer {
    explicit Far(Correspondent& owner) : owner(owner) {}
    void used() override {}
    void receive(std::string_view bytes) override { owner.heard.emplace_back(bytes); }
    void left() override { owner.heard.emplace_back("left"); }
    void hang_up() override { owner.heard.emplace_back("hung up"); }
    [[nodiscard]] Place place() const override { return {1, Phase::idle}; }
    Correspondent& owner;
  };
};

class NetFaults : public NetWorldFixture {
 protected:
  // With that fault allowed, and the choices whether and how it strikes.
  Ending run_with(FaultKind kind, std::vector<std::uint32_t> faults, Body task) {
    allowed_ = FaultSet{}.set(static_cast<std::size_t>(kind));
    return run_faulty(std::move(faults), {std::move(task)});
  }
  Ending run_alone(Body task) { return run_faulty({}, {std::move(task)}); }
  Ending run_faulty(std::vector<std::uint32_t> faults, std::vector<Body> tasks) {
    tasks.front() = [this, task = tasks.front()] {
      machine_.faults.allow(allowed_);
      machine_.net.reset(far_);
      task();
    };
    return run(Choices{.faults = std::move(faults)}, std::move(tasks));
  }

  void note(int answer) { seen_.push_back(answer); }
  std::uint32_t times_struck(FaultKind kind) const {
    return machine_.faults.struck()[static_cast<std::size_t>(kind)];
  }

  Correspondent far_;
  FaultSet allowed_;
  std::vector<int> seen_;
};

// ---- bytes ----

TEST_F(NetFaults, CutReadsShort) {
  run_with(FaultKind::short_read, {1, 0, 1, 2, 1, 3, 0}, [&] {
    const int fd = dial(AF_INET);
    far_.line->write("0123456789");
    for (int i = 0; i < 4; ++i) note(hear(fd, 8));
  });
  EXPECT_THAT(seen_, ElementsAre(1, 5, 2, 2)) << "the last is whole";
}

TEST_F(NetFaults, CutWritesShort) {
  run_with(FaultKind::short_write, {1, 1, 1, 3, 0}, [&] {
    const int fd = dial(AF_INET);
    for (int i = 0; i < 3; ++i) note(say(fd, "01234567"));
    note(say(fd, "x"));  // one byte cannot be cut
  });
  EXPECT_THAT(seen_, ElementsAre(4, 4, 8, 1));
  EXPECT_THAT(far_.heard, ElementsAre("0123", "0123", "01234567", "x"));
}

TEST_F(NetFaults, SayNotNowOnceOfWhatCanBeReadAndTwiceOfWhatCanBeSent) {
  run_with(FaultKind::would_block, {1, 1, 1, 1}, [&] {
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    call_unix(fd);
    far_.line->write("abc");
    for (int i = 0; i < 2; ++i) note(bits_of(fd) & POLLIN);
    for (int i = 0; i < 2; ++i) note(hear(fd));
    for (int i = 0; i < 3; ++i) note(say(fd, "x"));
  });
  EXPECT_THAT(seen_, ElementsAre(POLLIN, POLLIN, -EAGAIN, 3, -EAGAIN, -EAGAIN, 1));
}

TEST_F(NetFaults, DoNotSayNotNowToABlockingSocket) {
  run_with(FaultKind::would_block, {1, 1}, [&] {
    const int fd = dial(AF_UNIX);
    far_.line->write("abc");
    note(hear(fd));
    note(say(fd, "x"));
  });
  EXPECT_THAT(seen_, ElementsAre(3, 1));
}

TEST_F(NetFaults, InterruptWhoeverWaitsButNeverTwiceRunning) {
  run_with(FaultKind::interrupted, {1, 1, 1, 1, 1}, [&] {
    const int fd = dial(AF_UNIX);
    const int epoll = epoll_create1(0);
    epoll_event event{};
    const std::vector<std::function<int()>> calls{
        [&] {
          pollfd each{fd, POLLIN, 0};
          return answer_of(poll(&each, 1, 5));
        },
        [&] {
          timeval time{0, 5000};
          return answer_of(select(0, nullptr, nullptr, nullptr, &time));
        },
        [&] { return answer_of(epoll_wait(epoll, &event, 1, 5)); },
    };
    for (const auto& call : calls) {
      note(call());
      note(call());
    }
    note(hear(fd));
    far_.line->write("a");
    note(hear(fd));
  });
  EXPECT_THAT(seen_, ElementsAre(-EINTR, 0, -EINTR, 0, -EINTR, 0, -EINTR, 1));
  EXPECT_EQ(elapsed(), 15ms) << "an interrupted call takes no time";
}

TEST_F(NetFaults, DoNotInterruptWhoNeedNotWait) {
  run_with(FaultKind::interrupted, {1, 1, 1}, [&] {
    const int fd = dial(AF_UNIX);
    far_.line->write("abc");
    note(bits_of(fd) & POLLIN);
    note(hear(fd));
    pollfd each{fd, POLLIN, 0};
    note(answer_of(poll(&each, 1, 0)));
  });
  EXPECT_THAT(seen_, ElementsAre(POLLIN, 3, 0));
}

TEST_F(NetFaults, InterruptAConnectThatThenGoesOnByItself) {
  far_.after = 5ms;
  run_with(FaultKind::interrupted, {1, 0}, [&] {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    note(call_tcp(fd));
    note(bits_of(fd, POLLOUT) & POLLOUT);
    note(call_tcp(fd));
  });
  EXPECT_THAT(seen_, ElementsAre(-EINTR, POLLOUT, 0));
  EXPECT_EQ(elapsed(), 5ms);
}

TEST_F(NetFaults, SlowAConnectionDownBothWaysInOrder) {
  std::vector<Duration> when;
  run_with(FaultKind::slow_network, {1, 1}, [&] {
    const int fd = dial(AF_INET);
    when.push_back(elapsed());  // there and back
    say(fd, "a");
    say(fd, "b");
    note(static_cast<int>(far_.heard.size()));
    sleep(15ms);
    note(static_cast<int>(far_.heard.size()));
    far_.line->write("c", 2ms);
    far_.line->write("d");
    note(hear(fd));
    when.push_back(elapsed());
    close(fd);
    note(static_cast<int>(far_.heard.size()));
    sleep(15ms);
  });
  EXPECT_THAT(seen_, ElementsAre(0, 2, 2, 3));
  EXPECT_THAT(when, ElementsAre(30ms, 62ms));
  EXPECT_THAT(far_.heard, ElementsAre("a", "b", "left", "hung up"));
}

// ---- half-open ----

TEST_F(NetFaults, SilenceAConnection) {
  run_with(FaultKind::half_open, {0, 1}, [&] {
    const int fd = dial(AF_INET);
    note(say(fd, "heard"));
    note(say(fd, "lost"));
    note(say(fd, "lost"));
    far_.line->write("lost");
    far_.line->end();
    note(bits_of(fd) & POLLIN);
    pollfd each{fd, POLLIN, 0};
    note(poll(&each, 1, 60'000));
  });
  EXPECT_THAT(seen_, ElementsAre(5, 4, 4, 0, 0));
  EXPECT_THAT(far_.heard, ElementsAre("heard"));
  EXPECT_EQ(times_struck(FaultKind::half_open), 1U);
}

TEST_F(NetFaults, OfAHalfOpenConnectionEndWhenTheKernelGivesUp) {
  for (const int patience : {0, 3000}) {
    run_with(FaultKind::half_open, {1}, [&] {
      const int fd = dial(AF_INET);
      setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience, sizeof patience);
      say(fd, "lost");
      note(hear(fd));
      note(static_cast<int>(elapsed() / 1s));
      note(hear(fd));
    });
  }
  EXPECT_THAT(seen_, ElementsAre(-ETIMEDOUT, 924, 0, -ETIMEDOUT, 3, 0));
}

TEST_F(NetFaults, OfAHalfOpenConnectionEndInAResetOnceItIsHealed) {
  run_faulty({}, {[&] {
                    const int fd = dial(AF_INET);
                    far_.line->silence();
                    say(fd, "lost");
                    note(hear(fd));
                    note(hear(fd));
                  },
                  [&] {
                    sleep(60s);
                    machine_.net.heal();
                  }});
  EXPECT_THAT(seen_, ElementsAre(-ECONNRESET, 0));
  EXPECT_EQ(elapsed(), 60s);
  EXPECT_THAT(far_.heard, ElementsAre("hung up"));
}

TEST_F(NetFaults, OfAHalfOpenConnectionThatNobodyUsedEndWithItsNextUse) {
  run_alone([&] {
    const int fd = dial(AF_INET);
    far_.line->silence();
    machine_.net.heal();
    note(bits_of(fd) & POLLIN);
    note(say(fd, "x"));
    note(hear(fd));
    note(say(fd, "x"));
  });
  EXPECT_THAT(seen_, ElementsAre(0, 1, -ECONNRESET, -EPIPE));
}

TEST_F(NetFaults, LeaveThePeerOfAHalfOpenConnectionBehindUntilItIsHealed) {
  run_alone([&] {
    const int fd = dial(AF_INET);
    far_.line->silence();
    close(fd);
    note(static_cast<int>(far_.heard.size()));
    machine_.net.heal();
  });
  EXPECT_THAT(seen_, ElementsAre(1));
  EXPECT_THAT(far_.heard, ElementsAre("left", "hung up"));
}

// ---- connecting ----

TEST_F(NetFaults, RefuseAConnect) {
  for (const int domain : {AF_INET, AF_UNIX}) {
    run_with(FaultKind::connect_refused, {1, 0}, [&] {
      const int fd = socket(domain, SOCK_STREAM, 0);
      for (int i = 0; i < 2; ++i) note(domain == AF_UNIX ? call_unix(fd) : call_tcp(fd));
    });
  }
  EXPECT_THAT(seen_, ElementsAre(-ECONNREFUSED, 0, -ECONNREFUSED, 0));
}

TEST_F(NetFaults, LeaveNoWayToAHost) {
  run_with(FaultKind::connect_unreachable, {1}, [&] {
    note(call_unix(socket(AF_UNIX, SOCK_STREAM, 0)));
    note(call_tcp(socket(AF_INET, SOCK_STREAM, 0)));
  });
  EXPECT_THAT(seen_, ElementsAre(0, -EHOSTUNREACH)) << "it cannot happen to a Unix socket";
}

TEST_F(NetFaults, LetAConnectTimeOut) {
  run_with(FaultKind::connect_timed_out, {1, 1}, [&] {
    note(call_tcp(socket(AF_INET, SOCK_STREAM, 0)));
    note(static_cast<int>(elapsed() / 1s));
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    note(call_tcp(fd));
    note(call_tcp(fd));
    pollfd each{fd, POLLOUT, 0};
    note(poll(&each, 1, -1));
    note(pending_error(fd));
  });
  EXPECT_THAT(seen_, ElementsAre(-ETIMEDOUT, 127, -EINPROGRESS, -EALREADY, 1, ETIMEDOUT));
  EXPECT_EQ(elapsed(), 254s);
}

TEST_F(NetFaults, ResetAConnectionBeforeAByteHasComeBack) {
  run_with(FaultKind::connect_reset, {1}, [&] {
    const int fd = dial(AF_INET);
    note(say(fd, "hello"));
    note(hear(fd));
    note(hear(fd));
  });
  EXPECT_THAT(seen_, ElementsAre(5, -ECONNRESET, 0));
  EXPECT_EQ(far_.line, nullptr) << "nobody was called";
}

TEST_F(NetFaults, CostNoChoiceWhereTheyAreNotAllowed) {
  class Always final : public Chooser {
    std::size_t next(std::span<const Candidate>) override { return 0; }
    std::uint32_t choose(Stream stream, std::uint32_t count) override {
      if (stream == Stream::faults) ++asked;
      return count - 1;
    }

   public:
    int asked = 0;
  } always;
  run_under(always, {[&] {
              machine_.net.reset(far_);
              const int fd = dial(AF_INET);
              far_.line->write("abc");
              note(say(fd, "abc"));
              note(hear(fd));
              close(fd);
            }});
  EXPECT_THAT(seen_, Each(3));
  EXPECT_EQ(always.asked, 0);
}

// ---- what a listener and a peer can do ----

TEST_F(NetFaults, TellTheListenerWhoIsCalled) {
  run_alone([&] { dial(AF_INET); });
  EXPECT_EQ(far_.called, (Address{AF_INET, "127.0.0.1", Counterpart::instance().port()}));
  run_alone([&] { call_unix(socket(AF_UNIX, SOCK_STREAM, 0), "/run/.s.PGSQL.5432"); });
  EXPECT_EQ(far_.called, (Address{AF_UNIX, "/run/.s.PGSQL.5432", 0}));
}

TEST_F(NetFaults, LetTheListenerTakeItsTime) {
  far_.error = ENETUNREACH;
  far_.after = 3s;
  run_alone([&] {
    note(call_unix(socket(AF_UNIX, SOCK_STREAM, 0)));
    note(static_cast<int>(elapsed() / 1s));
    note(call_tcp(socket(AF_INET, SOCK_STREAM, 0)));
    note(static_cast<int>(elapsed() / 1s));
  });
  EXPECT_THAT(seen_, ElementsAre(-ENETUNREACH, 0, -ENETUNREACH, 3));
}

TEST_F(NetFaults, LetAPeerResetAConnectionLater) {
  run_alone([&] {
    const int fd = dial(AF_INET);
    far_.line->write("ab", 5ms);
    far_.line->reset(1ms);
    note(static_cast<int>(far_.line->unread()));
    note(hear(fd, 1));
    note(static_cast<int>(far_.line->unread()));
    note(static_cast<int>(elapsed() / 1ms));
    for (int i = 0; i < 3; ++i) note(hear(fd));
  });
  EXPECT_THAT(seen_, ElementsAre(0, 1, 1, 5, 1, -ECONNRESET, 0));
}

}  // namespace
}  // namespace poolproof::world
