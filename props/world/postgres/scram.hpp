// SCRAM-SHA-256 (RFC 5802 and 7677) as a server speaks it, and MD5 as PostgreSQL asks for it.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

namespace poolproof::world::postgres {

using Digest = std::array<unsigned char, 32>;

// What a server keeps of a password. Deriving it is slow, on purpose: each is kept.
class ScramSecrets {
 public:
  struct Keys {
    Digest stored;
    Digest server;
  };
  // Not in a task.
  ScramSecrets();
  const Keys& of(const std::string& password, const std::string& salt, int iterations);

 private:
  std::map<std::tuple<std::string, std::string, int>, Keys> known_;
};

// One exchange.
class Scram {
 public:
  Scram(ScramSecrets& secrets, std::string password, std::string salt, std::string nonce,
        int iterations);

  // The answer to the client's first message; none: it is malformed.
  std::optional<std::string> first(std::string_view message);
  // The answer to its last one; none: malformed, or the proof is wrong.
  std::optional<std::string> last(std::string_view message);

 private:
  ScramSecrets& secrets_;
  std::string password_, salt_, nonce_;
  int iterations_;
  std::string header_;     // of the client: whether it binds the channel
  std::string exchanged_;  // both first messages
};

// What a client answers to a request for an MD5 password.
std::string md5_response(std::string_view user, std::string_view password, std::string_view salt);

}  // namespace poolproof::world::postgres
