// Whom a client calls.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>

namespace poolproof::world {

struct Address {
  int family = AF_UNSPEC;
  std::string host;  // the path of a Unix socket ("@name" of an abstract one), or a numeric host
  std::uint16_t port = 0;  // 0 of a Unix socket

  friend bool operator==(const Address&, const Address&) = default;
};

// Nothing, and errno, where connect() of a socket of that domain would say so.
std::optional<Address> to_address(int domain, const sockaddr* name, socklen_t size);

}  // namespace poolproof::world
