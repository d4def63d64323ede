#include "props/world/net/address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

namespace poolproof::world {
namespace {

std::optional<Address> none(int error) {
  errno = error;
  return std::nullopt;
}

template <class Name>
Name read_as(const sockaddr* name) {
  Name whole;
  std::memcpy(&whole, name, sizeof whole);
  return whole;
}

std::optional<Address> unix_address(const sockaddr* name, socklen_t size) {
  constexpr std::size_t kBefore = offsetof(sockaddr_un, sun_path);
  if (name->sa_family != AF_UNIX || size <= kBefore || size > sizeof(sockaddr_un)) {
    return none(EINVAL);
  }
  const char* const path = reinterpret_cast<const char*>(name) + kBefore;
  const std::size_t room = size - kBefore;
  Address address{AF_UNIX, std::string(path, room)};
  if (path[0] == '\0') {
    address.host[0] = '@';
  } else {
    address.host.resize(strnlen(path, room));
  }
  return address;
}

}  // namespace

std::optional<Address> to_address(int domain, const sockaddr* name, socklen_t size) {
  if (name == nullptr) return none(EFAULT);
  if (size < sizeof name->sa_family) return none(EINVAL);
  if (domain == AF_UNIX) return unix_address(name, size);
  char text[INET6_ADDRSTRLEN];
  if (domain == AF_INET) {
    if (size < sizeof(sockaddr_in)) return none(EINVAL);
    if (name->sa_family != AF_INET) return none(EAFNOSUPPORT);
    const auto internet = read_as<sockaddr_in>(name);
    return Address{AF_INET, inet_ntop(AF_INET, &internet.sin_addr, text, sizeof text),
                   ntohs(internet.sin_port)};
  }
  if (size < offsetof(sockaddr_in6, sin6_scope_id)) return none(EINVAL);
  if (name->sa_family != AF_INET6) return none(EAFNOSUPPORT);
  sockaddr_in6 internet{};
  std::memcpy(&internet, name, std::min<std::size_t>(size, sizeof internet));
  return Address{AF_INET6, inet_ntop(AF_INET6, &internet.sin6_addr, text, sizeof text),
                 ntohs(internet.sin6_port)};
}

}  // namespace poolproof::world
