// The system calls on stream sockets, against a peer that the test plays itself.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>

#include "props/world/socket.hpp"
#include "props/world/world_fixture.hpp"

namespace poolproof::world {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

// Says back what it hears, late if told so, and hangs up at a full stop.
class Echo final : public Listener {
 public:
  Reception accept(const Address& /*address*/, Line& line) override {
    if (refuses) return Reception::refused(ECONNREFUSED);
    return {std::make_unique<Far>(*this, line)};
  }

  bool refuses = false;
  Duration delay{};
  int hung_up = 0;

 private:
  struct Far final : Peer {
    Far(Echo& echo, Line& line) : echo(echo), line(line) {}
    void receive(std::string_view bytes) override {
      line.write(bytes, echo.delay);
      if (bytes.ends_with('.')) line.end(echo.delay);
    }
    void used() override {}
    void hang_up() override { ++echo.hung_up; }
    Echo& echo;
    Line& line;
  };
};

class Sockets : public WorldFixture {
 protected:
  // In place of the machine's PostgreSQL server; of one run.
  Ending run_with_echo(std::vector<Body> tasks) {
    tasks.front() = [this, task = tasks.front()] {
      machine_.net.reset(echo_);
      task();
    };
    return run(std::move(tasks));
  }
  Ending run_with_echo(Body task) { return run_with_echo(std::vector<Body>{std::move(task)}); }

  static int connected(int flags = 0) {
    const int fd = socket(AF_UNIX, SOCK_STREAM | flags, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    EXPECT_EQ(connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    return fd;
  }
  static void say(int fd, std::string_view text) {
    EXPECT_EQ(send(fd, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }
  // "" at the end of the file, "!" and errno's name of a failure.
  static std::string hear(int fd, std::size_t most = 100, int flags = 0) {
    std::string text(most, '\0');
    const ssize_t count = recv(fd, text.data(), text.size(), flags);
    if (count < 0) return std::string("!") + strerrorname_np(errno);
    text.resize(static_cast<std::size_t>(count));
    return text;
  }
  static short poll_one(int fd, short events, int timeout_ms) {
    pollfd each{fd, events, 0};
    return poll(&each, 1, timeout_ms) > 0 ? each.revents : short{0};
  }

  Echo echo_;
};

TEST_F(Sockets, CarryBytesBothWaysInOrder) {
  std::vector<std::string> heard;
  EXPECT_EQ(run_with_echo([&] {
              const int fd = connected();
              say(fd, "abc");
              say(fd, "def");
              heard = {hear(fd, 2), hear(fd, 3, MSG_PEEK), hear(fd)};
              say(fd, "bye.");
              heard.push_back(hear(fd));
              heard.push_back(hear(fd));
              close(fd);
            }),
            Ending::finished);
  EXPECT_THAT(heard, ElementsAre("ab", "cde", "cdef", "bye.", ""));
  EXPECT_EQ(echo_.hung_up, 1);
}

TEST_F(Sockets, AreRefusedWhenNobodyListens) {
  echo_.refuses = true;
  std::vector<int> answers;
  EXPECT_EQ(
      run_with_echo([&] {
        const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
        answers.push_back(connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address));
        answers.push_back(errno);
      }),
      Ending::finished);
  EXPECT_THAT(answers, ElementsAre(-1, ECONNREFUSED));
}

TEST_F(Sockets, BlockAReaderUntilTheBytesArrive) {
  echo_.delay = 15ms;
  std::string heard;
  EXPECT_EQ(run_with_echo([&] {
              const int fd = connected();
              say(fd, "late");
              heard = hear(fd);
            }),
            Ending::finished);
  EXPECT_EQ(heard, "late");
  EXPECT_EQ(elapsed(), 15ms);
}

TEST_F(Sockets, NeverLetALaterAnswerOvertakeAnEarlierOne) {
  std::string heard;
  Duration when{};
  EXPECT_EQ(run_with_echo([&] {
              const int fd = connected();
              echo_.delay = 20ms;
              say(fd, "slow ");
              echo_.delay = 0ms;
              say(fd, "fast");
              heard = hear(fd);
              when = elapsed();
            }),
            Ending::finished);
  EXPECT_EQ(heard, "slow fast");
  EXPECT_EQ(when, 20ms);
}

TEST_F(Sockets, DoNotBlockIfToldSo) {
  std::vector<std::string> heard;
  EXPECT_EQ(run_with_echo([&] {
              const int fd = connected();
              heard.push_back(hear(fd, 1, MSG_DONTWAIT));
              fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
              heard.push_back(hear(fd));
              heard.push_back(hear(connected(SOCK_NONBLOCK)));
            }),
            Ending::finished);
  EXPECT_THAT(heard, ElementsAre("!EAGAIN", "!EAGAIN", "!EAGAIN"));
}

TEST_F(Sockets, PollUntilSomethingComesOrTheTimeIsUp) {
  echo_.delay = 15ms;
  std::vector<short> ready;
  std::vector<Duration> when;
  EXPECT_EQ(run_with_echo([&] {
              const int fd = connected();
              const auto note = [&](short events, int timeout_ms) {
                ready.push_back(poll_one(fd, events, timeout_ms));
                when.push_back(elapsed());
              };
              note(POLLIN | POLLOUT, -1);
              note(POLLIN, 0);
              note(POLLIN, 10);
              say(fd, "bye.");
              note(POLLIN, 10);
              note(POLLIN, 10);
            }),
            Ending::finished);
  EXPECT_THAT(ready, ElementsAre(POLLOUT, 0, 0, 0, POLLIN | POLLHUP));
  EXPECT_THAT(when, ElementsAre(0ms, 0ms, 10ms, 20ms, 25ms));
}

TEST_F(Sockets, PollSeveralAndLeaveOutNegativeOnes) {
  std::vector<int> seen;
  EXPECT_EQ(run_with_echo([&] {
              pollfd fds[]{{-1, POLLIN, 0}, {connected(), POLLIN, 0}, {connected(), POLLIN, 0}};
              echo_.delay = 5ms;
              say(fds[2].fd, "x");
              seen.push_back(poll(fds, 3, -1));
              for (const pollfd& each : fds) seen.push_back(each.revents);
            }),
            Ending::finished);
  EXPECT_THAT(seen, ElementsAre(1, 0, 0, POLLIN));
  EXPECT_EQ(elapsed(), 5ms);
}

TEST_F(Sockets, FailASendAfterThePeerHasHungUp) {
  std::vector<ssize_t> answers;
  EXPECT_EQ(run_with_echo([&] {
              const int fd = connected();
              say(fd, ".");
              answers.push_back(send(fd, "x", 1, MSG_NOSIGNAL));
              answers.push_back(errno);
            }),
            Ending::finished);
  EXPECT_THAT(answers, ElementsAre(-1, EPIPE));
}

TEST_F(Sockets, AreUnknownOnceClosed) {
  std::vector<int> answers;
  EXPECT_EQ(run_with_echo([&] {
              const int fd = connected();
              answers = {close(fd), close(fd), errno, poll_one(fd, POLLIN, -1)};
            }),
            Ending::finished);
  EXPECT_THAT(answers, ElementsAre(0, -1, EBADF, POLLNVAL));
}

TEST_F(Sockets, ClosedByOneTaskWakeAnotherThatPolls) {
  short ready = 0;
  int fd = -1;
  EXPECT_EQ(run_with_echo({[&] {
                             fd = connected();
                             ready = poll_one(fd, POLLIN, -1);
                           },
                           [&] {
                             sleep(1ms);
                             close(fd);
                           }}),
            Ending::finished);
  EXPECT_EQ(ready, POLLNVAL);
}

TEST_F(Sockets, ShutDownByOneTaskWakeAnotherThatPollsWhateverIsOnItsWay) {
  int fd = -1;
  short ready = 0;
  std::string heard = "nothing";
  Duration woken{};
  echo_.delay = 20ms;
  EXPECT_EQ(run_with_echo({[&] {
                             fd = connected();
                             say(fd, "late");
                             ready = poll_one(fd, POLLIN, -1);
                             woken = elapsed();
                             heard = hear(fd);
                             close(fd);
                           },
                           [&] {
                             sleep(1ms);
                             shutdown(fd, SHUT_RDWR);
                           }}),
            Ending::finished);
  EXPECT_EQ(ready, POLLIN | POLLHUP);
  EXPECT_EQ(woken, 1ms);
  EXPECT_EQ(heard, "");
  EXPECT_EQ(echo_.hung_up, 1);
}

TEST_F(Sockets, LeaveRealDescriptorsAlone) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  char heard = 0;
  EXPECT_EQ(run([&] {
              EXPECT_EQ(write(ends[1], "x", 1), 1);
              EXPECT_EQ(read(ends[0], &heard, 1), 1);
            }),
            Ending::finished);
  EXPECT_EQ(heard, 'x');
  EXPECT_EQ(run([&] { poll_one(ends[0], POLLIN, -1); }), Ending::unsupported);
  EXPECT_EQ(refusal(), "poll: a task waits for a real file descriptor");
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace poolproof::world
