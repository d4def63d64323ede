#include "props/world/postgres/authentication.hpp"

#include <algorithm>
#include <utility>

namespace poolproof::world::postgres {
namespace {

// Requests for authentication, by their numbers in the protocol.
constexpr std::int32_t kCleartext = 3;
constexpr std::int32_t kMd5 = 5;
constexpr std::int32_t kSasl = 10;
constexpr std::int32_t kSaslContinue = 11;
constexpr std::int32_t kSaslFinal = 12;

constexpr std::string_view kMd5Salt = "salt";
constexpr std::string_view kScramSalt = "poolproof's salt";
constexpr std::string_view kScramNonce = "ServerNonceServerNonceSe";
constexpr std::string_view kMechanism = "SCRAM-SHA-256";

}  // namespace

// A role without a password, or none, is asked all the same, and never let in.
Authentication::Authentication(const ServerOptions& options, AuthenticationMethod method,
                               ScramSecrets& secrets, std::string user)
    : options_(options), method_(method), secrets_(secrets), user_(std::move(user)) {
  const auto found = std::find_if(options.roles.begin(), options.roles.end(),
                                  [&](const Role& each) { return each.name == user_; });
  if (found != options.roles.end() && !found->password.empty()) password_ = found->password;
}

Authentication::Verdict Authentication::begin(Answer& answer) {
  switch (method_) {
    case AuthenticationMethod::trust: return Verdict::accepted;
    case AuthenticationMethod::cleartext: answer.authentication(kCleartext); break;
    case AuthenticationMethod::md5: answer.authentication(kMd5, kMd5Salt); break;
    case AuthenticationMethod::scram_sha_256: {
      std::string mechanisms(kMechanism);
      answer.authentication(kSasl, mechanisms + '\0' + '\0');
      break;
    }
  }
  return Verdict::more;
}

Authentication::Verdict Authentication::go_on(std::string_view body, Answer& answer) {
  if (method_ == AuthenticationMethod::scram_sha_256) {
    if (!scram_) return begin_scram(body, answer);
    const auto final = scram_->last(body);
    if (!final || !password_) return refuse();
    answer.authentication(kSaslFinal, *final);
    return Verdict::accepted;
  }
  const std::string_view given = body.substr(0, body.find('\0'));
  if (given.empty() && method_ == AuthenticationMethod::cleartext) {
    failure_ = {"28P01", "empty password returned by client"};
    return Verdict::refused;
  }
  if (!password_) return refuse();
  return check(given == (method_ == AuthenticationMethod::md5
                             ? md5_response(user_, *password_, kMd5Salt)
                             : *password_));
}

Authentication::Verdict Authentication::begin_scram(std::string_view body, Answer& answer) {
  Reader reader(body);
  if (reader.text() != kMechanism) {
    return malformed("client selected an invalid SASL authentication mechanism");
  }
  const auto size = static_cast<std::size_t>(std::max(0, reader.number32()));
  scram_.emplace(secrets_, password_.value_or("no password at all"), std::string(kScramSalt),
                 std::string(kScramNonce), options_.scram_iterations);
  const auto first = scram_->first(reader.bytes(size));
  if (!first) return malformed("malformed SCRAM message");
  answer.authentication(kSaslContinue, *first);
  return Verdict::more;
}

Authentication::Verdict Authentication::refuse() {
  failure_ = {"28P01", "password authentication failed for user \"" + user_ + "\""};
  return Verdict::refused;
}

Authentication::Verdict Authentication::malformed(std::string_view what) {
  failure_ = {"08P01", std::string(what)};
  return Verdict::refused;
}

}  // namespace poolproof::world::postgres
