// The same calls on the real machine, against a real peer behind a real socket, and in the world:
// what they answer must be the same. For tests only.
//
// The peer says back what it hears. At a full stop it hangs up, at an exclamation mark it resets
// the connection; when the client has no more to say it hangs up too.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "props/world/net.hpp"
#include "props/world/sync_fixture.hpp"

namespace poolproof::world {

// Where the peer listens, on both machines, by TCP and at the path of a Unix socket ("@name": an
// abstract one). Nobody listens at port 1 of the same host, nor at any other path.
class Counterpart {
 public:
  // Started when it is first asked for, outside the world; it ends with the process.
  static Counterpart& instance() {
    static Counterpart counterpart;
    return counterpart;
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  Counterpart() : path_("@poolproof-counterpart-" + std::to_string(::getpid())) {
    const int internet = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(internet, reinterpret_cast<const sockaddr*>(&name), sizeof name);
    socklen_t size = sizeof name;
    ::getsockname(internet, reinterpret_cast<sockaddr*>(&name), &size);
    port_ = ntohs(name.sin_port);
    const int local = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un path{};
    path.sun_family = AF_UNIX;
    std::memcpy(path.sun_path + 1, path_.data() + 1, path_.size() - 1);
    ::bind(local, reinterpret_cast<const sockaddr*>(&path),
           static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path_.size()));
    for (const int each : {internet, local}) {
      ::listen(each, 16);
      std::thread([each] {
        for (;;) std::thread(converse, ::accept(each, nullptr, nullptr)).detach();
      }).detach();
    }
  }

  static void converse(int fd) {
    for (char said = 0; ::recv(fd, &said, 1, 0) == 1;) {
      if (said == '!') {
        const linger at_once{1, 0};
        ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        break;
      }
      ::send(fd, &said, 1, MSG_NOSIGNAL);
      if (said == '.') break;
    }
    ::close(fd);
  }

  std::string path_;
  std::uint16_t port_ = 0;
};

// The same in the world.
class SimulatedCounterpart final : public Listener {
 public:
  Reception accept(const Address& address, Line& line) override {
    const auto& real = Counterpart::instance();
    const bool known = address.family == AF_UNIX ? address.host == real.path() : address.port != 1;
    if (!known) return Reception::refused(address.host[0] == '/' ? ENOENT : ECONNREFUSED);
    return {std::make_unique<Far>(line)};
  }

 private:
  struct Far final : Peer {
    explicit Far(Line& line) : line(line) {}
    void used() override {}
    void receive(std::string_view bytes) override {
      const auto end = bytes.find_first_of(".!");
      line.write(bytes.substr(0, end));
      if (end == std::string_view::npos) return;
      if (bytes[end] == '!') return line.reset();
      line.write(".");
      line.end();
    }
    void hang_up() override { line.end(); }
    Line& line;
  };
};

// For tests in the world only, of which some ask where the peer would listen.
class NetWorldFixture : public WorldFixture {
 protected:
  void SetUp() override {
    Counterpart::instance();
    signal(SIGPIPE, SIG_IGN);
  }
};

class NetFixture : public NetWorldFixture, public testing::WithParamInterface<SyncCase> {
 protected:
  void on_the_real_machine() { EXPECT_EQ(GetParam().body(), GetParam().expected); }

  void in_the_world() {
    Answers seen;
    const auto body = [&] {
      machine_.net.reset(counterpart_);
      seen = GetParam().body();
    };
    EXPECT_EQ(run(body), Ending::finished) << refusal();
    EXPECT_EQ(seen, GetParam().expected) << "in the plainest run";
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      EXPECT_EQ(run_with_seed(seed, {body}), Ending::finished)
          << refusal() << " with seed " << seed;
      EXPECT_EQ(seen, GetParam().expected) << "with seed " << seed;
    }
  }

 private:
  SimulatedCounterpart counterpart_;
};

// ---- for use in a body ----

// What a call answered, or minus errno.
inline int answer_of(ssize_t answer) { return answer >= 0 ? static_cast<int>(answer) : -errno; }

inline int call_tcp(int fd, std::uint16_t port = Counterpart::instance().port()) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  name.sin_port = htons(port);
  return answer_of(connect(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name));
}

inline int call_unix(int fd, const std::string& path = Counterpart::instance().path()) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::memcpy(name.sun_path, path.data(), path.size());
  if (path[0] == '@') name.sun_path[0] = '\0';
  return answer_of(connect(fd, reinterpret_cast<const sockaddr*>(&name),
                           static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size())));
}

// A connection to the peer.
inline int dial(int domain) {
  const int fd = socket(domain, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (domain == AF_UNIX) {
    call_unix(fd);
  } else {
    call_tcp(fd);
  }
  return fd;
}

inline int say(int fd, std::string_view text) {
  return answer_of(send(fd, text.data(), text.size(), MSG_NOSIGNAL));
}

// How many bytes came, or minus errno.
inline int hear(int fd, std::size_t most = 100, int flags = 0) {
  std::string text(most, '\0');
  return answer_of(recv(fd, text.data(), text.size(), flags));
}

// All bits of poll() that hold at once, or as soon as one of `until` does.
inline int bits_of(int fd, int until = 0) {
  constexpr int kAll =
      POLLIN | POLLPRI | POLLOUT | POLLRDNORM | POLLRDBAND | POLLWRNORM | POLLWRBAND | POLLRDHUP;
  pollfd each{fd, static_cast<short>(until), 0};
  if (until != 0) poll(&each, 1, 5000);
  each.events = kAll;
  poll(&each, 1, 0);
  return each.revents;
}

inline int pending_error(int fd) {
  int error = -1;
  socklen_t size = sizeof error;
  getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

}  // namespace poolproof::world

#define POOLPROOF_NET_ON_BOTH_MACHINES(Suite, cases)               \
  using Suite = NetFixture;                                        \
  TEST_P(Suite, AreTheRealMachines) { on_the_real_machine(); }     \
  TEST_P(Suite, AreTheWorldsWhateverIsChosen) { in_the_world(); }  \
  INSTANTIATE_TEST_SUITE_P(Cases, Suite, testing::ValuesIn(cases), \
                           [](const auto& each) { return std::string(each.param.name); })
