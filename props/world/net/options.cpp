// What a socket says of itself: its options and the names of both ends.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/time.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "props/world/net.hpp"
#include "props/world/socket.hpp"

namespace poolproof::world {
namespace {

int fail(int error) {
  errno = error;
  return -1;
}

// As much of a value as there is room for.
int hand_out(const void* value, std::size_t whole, void* room, socklen_t* size) {
  *size = std::min(*size, static_cast<socklen_t>(whole));
  std::memcpy(room, value, *size);
  return 0;
}

// A client's own port: where Linux begins to give them out.
constexpr int kFirstPort = 32'768;
constexpr int kPorts = 28'232;

struct Default {
  int level;
  int option;
  int value;
};

// What Linux says of a socket of which nothing was set. Those that are set are kept and reported;
// none changes what the network does.
constexpr Default kDefaults[] = {
    {SOL_SOCKET, SO_KEEPALIVE, 0},
    {SOL_SOCKET, SO_REUSEADDR, 0},
    {SOL_SOCKET, SO_REUSEPORT, 0},
    {SOL_SOCKET, SO_SNDBUF, 212'992},
    {SOL_SOCKET, SO_RCVBUF, 212'992},
    {SOL_SOCKET, SO_OOBINLINE, 0},
    {SOL_SOCKET, SO_PRIORITY, 0},
    {SOL_SOCKET, SO_MARK, 0},
    {IPPROTO_TCP, TCP_NODELAY, 0},
    {IPPROTO_TCP, TCP_KEEPIDLE, 7200},
    {IPPROTO_TCP, TCP_KEEPINTVL, 75},
    {IPPROTO_TCP, TCP_KEEPCNT, 9},
    {IPPROTO_TCP, TCP_USER_TIMEOUT, 0},
    {IPPROTO_TCP, TCP_QUICKACK, 1},
    {IPPROTO_TCP, TCP_SYNCNT, 6},
    {IPPROTO_TCP, TCP_CORK, 0},
    {IPPROTO_IP, IP_TOS, 0},
    {IPPROTO_IPV6, IPV6_V6ONLY, 0},
};

const Default* find_default(int level, int option) {
  const auto* const found = std::find_if(
      std::begin(kDefaults), std::end(kDefaults),
      [&](const Default& each) { return each.level == level && each.option == option; });
  return found == std::end(kDefaults) ? nullptr : found;
}

// 0, or why that socket has no such option.
int problem(const Descriptor& socket, int level, int option) {
  if (level != SOL_SOCKET && socket.domain() == AF_UNIX) return EOPNOTSUPP;
  return find_default(level, option) == nullptr ? ENOPROTOOPT : 0;
}

// Linux takes twice as much as it is told, for its own book-keeping.
bool is_doubled(int level, int option) {
  return level == SOL_SOCKET && (option == SO_SNDBUF || option == SO_RCVBUF);
}

// The name of an end: of the client itself with the port that it was given, of the peer as called.
socklen_t write_name(const Address& address, sockaddr_storage& name) {
  name.ss_family = static_cast<sa_family_t>(address.family);
  if (address.family == AF_INET) {
    auto& internet = reinterpret_cast<sockaddr_in&>(name);
    inet_pton(AF_INET, address.host.c_str(), &internet.sin_addr);
    internet.sin_port = htons(address.port);
    return sizeof internet;
  }
  if (address.family == AF_INET6) {
    auto& internet = reinterpret_cast<sockaddr_in6&>(name);
    inet_pton(AF_INET6, address.host.c_str(), &internet.sin6_addr);
    internet.sin6_port = htons(address.port);
    return sizeof internet;
  }
  auto& local = reinterpret_cast<sockaddr_un&>(name);
  if (address.host.empty()) return offsetof(sockaddr_un, sun_path);
  const bool abstract = address.host[0] == '@';
  std::memcpy(local.sun_path, address.host.data(), address.host.size());
  if (abstract) local.sun_path[0] = '\0';
  return static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.host.size() +
                                (abstract ? 0 : 1));
}

int hand_out_name(const Address& address, sockaddr* room, socklen_t* size) {
  sockaddr_storage name{};
  const socklen_t whole = write_name(address, name);
  std::memcpy(room, &name, std::min(*size, whole));
  *size = whole;
  return 0;
}

}  // namespace

int Net::get_option(int fd, int level, int option, void* value, socklen_t* size) {
  Descriptor* const found = find_socket(fd);
  if (found == nullptr) return -1;
  const auto answer = [&](int number) { return hand_out(&number, sizeof number, value, size); };
  if (level == SOL_SOCKET) {
    switch (option) {
      case SO_ERROR: return answer(found->take_error());
      case SO_TYPE: return answer(SOCK_STREAM);
      case SO_DOMAIN: return answer(found->domain());
      case SO_PROTOCOL: return answer(found->domain() == AF_UNIX ? 0 : IPPROTO_TCP);
      case SO_ACCEPTCONN: return answer(0);
      case SO_LINGER: {
        const linger off{};
        return hand_out(&off, sizeof off, value, size);
      }
      case SO_RCVTIMEO:
      case SO_SNDTIMEO: {
        const timeval none{};
        return hand_out(&none, sizeof none, value, size);
      }
      default: break;
    }
  }
  if (const int error = problem(*found, level, option)) return fail(error);
  for (const auto& each : found->options) {
    if (each.level == level && each.option == option) return answer(each.value);
  }
  return answer(find_default(level, option)->value);
}

int Net::set_option(int fd, int level, int option, const void* value, socklen_t size) {
  Descriptor* const found = find_socket(fd);
  if (found == nullptr) return -1;
  if (level == SOL_SOCKET && (option == SO_RCVTIMEO || option == SO_SNDTIMEO)) {
    timeval timeout{};
    if (size < sizeof timeout) return fail(EINVAL);
    std::memcpy(&timeout, value, sizeof timeout);
    if (timeout.tv_sec == 0 && timeout.tv_usec == 0) return 0;
    scheduler_.unsupported("setsockopt: time-outs of a socket are not modelled");
  }
  if (level == SOL_SOCKET && option == SO_LINGER) return size < sizeof(linger) ? fail(EINVAL) : 0;
  if (const int error = problem(*found, level, option)) return fail(error);
  int number = 0;
  if (size < sizeof number) return fail(EINVAL);
  std::memcpy(&number, value, sizeof number);
  if (is_doubled(level, option)) number *= 2;
  std::erase_if(found->options,
                [&](const auto& each) { return each.level == level && each.option == option; });
  found->options.push_back({level, option, number});
  return 0;
}

int Net::get_name(int fd, sockaddr* address, socklen_t* size) {
  Descriptor* const found = find_socket(fd);
  if (found == nullptr) return -1;
  Address own{found->domain(), {}, 0};
  const Socket* const client = found->client();
  const bool bound = client != nullptr && client->is_connected();
  if (own.family == AF_INET) own.host = bound ? "192.0.2.100" : "0.0.0.0";
  if (own.family == AF_INET6) own.host = bound ? "2001:db8::100" : "::";
  if (bound && own.family != AF_UNIX)
    own.port = static_cast<std::uint16_t>(kFirstPort + fd % kPorts);
  return hand_out_name(own, address, size);
}

int Net::get_peer_name(int fd, sockaddr* address, socklen_t* size) {
  Descriptor* const found = find_socket(fd);
  if (found == nullptr) return -1;
  const Socket* const client = found->client();
  if (client == nullptr) return hand_out_name({AF_UNIX, {}, 0}, address, size);  // of a pair
  if (!client->is_connected()) return fail(ENOTCONN);
  return hand_out_name(client->called(), address, size);
}

}  // namespace poolproof::world
