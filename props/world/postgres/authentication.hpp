// Whether a client is who it says it is: trust, cleartext, MD5 or SCRAM-SHA-256. Salts and nonces
// are fixed: nobody listens in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "props/world/postgres/scram.hpp"
#include "props/world/postgres/server_options.hpp"
#include "props/world/postgres/values.hpp"
#include "props/world/postgres/wire.hpp"

namespace poolproof::world::postgres {

class Authentication {
 public:
  enum class Verdict : std::uint8_t { more, accepted, refused };

  Authentication(const ServerOptions& options, AuthenticationMethod method, ScramSecrets& secrets,
                 std::string user);

  // Asks for what it needs, if anything.
  Verdict begin(Answer& answer);
  // The client's answer, a message of type 'p'.
  Verdict go_on(std::string_view body, Answer& answer);
  // Why it was refused.
  [[nodiscard]] const Failure& failure() const { return failure_; }

 private:
  Verdict refuse();
  Verdict check(bool right) { return right ? Verdict::accepted : refuse(); }
  Verdict begin_scram(std::string_view body, Answer& answer);
  Verdict malformed(std::string_view what);

  const ServerOptions& options_;
  const AuthenticationMethod method_;
  ScramSecrets& secrets_;
  const std::string user_;
  std::optional<std::string> password_;
  std::optional<Scram> scram_;
  Failure failure_;
};

}  // namespace poolproof::world::postgres
