// A server that nobody gets an answer from.
#pragma once

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace poolproof::integration {

// A Unix socket that lets clients connect, never says a word, and hangs up when told to.
class SilentServer {
 public:
  SilentServer() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const timeval patience{.tv_sec = 20, .tv_usec = 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (mkdtemp(folder_.data()) == nullptr) return;
    socket_path().copy(address.sun_path, sizeof address.sun_path - 1);
    if (bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return;
    listening_ = listen(socket_, 5) == 0;
  }
  ~SilentServer() {
    close(socket_);
    unlink(socket_path().c_str());
    rmdir(folder_.c_str());
  }
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;

  bool listening() const { return listening_; }
  // On the client who has been connected longest; waits for one. False if none comes.
  bool hang_up() const {
    const int client = accept(socket_, nullptr, nullptr);
    if (client >= 0) close(client);
    return client >= 0;
  }

  std::string conninfo() const { return "host=" + folder_ + " dbname=postgres user=postgres"; }

 private:
  std::string socket_path() const { return folder_ + "/.s.PGSQL.5432"; }

  std::string folder_ = "/tmp/poolproof-silent-XXXXXX";
  int socket_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  bool listening_ = false;
};

}  // namespace poolproof::integration
