#include "props/world/postgres/scram.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <utility>

namespace poolproof::world::postgres {
namespace {

const unsigned char* raw(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Digest hmac(const unsigned char* key, std::size_t size, std::string_view text) {
  Digest digest{};
  unsigned int length = 0;
  HMAC(EVP_sha256(), key, static_cast<int>(size), raw(text), text.size(), digest.data(), &length);
  return digest;
}

Digest hash(const Digest& of) {
  Digest digest{};
  EVP_Digest(of.data(), of.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  return digest;
}

std::string to_base64(const unsigned char* bytes, std::size_t size) {
  std::string text((size + 2) / 3 * 4 + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes, static_cast<int>(size));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  std::string bytes(text.size() / 4 * 3, '\0');
  const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()), raw(text),
                                     static_cast<int>(text.size()));
  if (length < 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  bytes.resize(static_cast<std::size_t>(length) - padding);
  return bytes;
}

// The value of the attribute that comes next, which must be that one; takes it off.
std::optional<std::string_view> take(std::string_view& message, char attribute) {
  if (message.size() < 2 || message[0] != attribute || message[1] != '=') return std::nullopt;
  const std::string_view value = message.substr(2, message.find(',') - 2);
  message.remove_prefix(std::min(value.size() + 3, message.size()));
  return value;
}

std::string hex_md5(std::string_view text) {
  unsigned char digest[16];
  EVP_Digest(text.data(), text.size(), digest, nullptr, EVP_md5(), nullptr);
  std::string hex;
  for (const unsigned char each : digest) {
    hex += "0123456789abcdef"[each >> 4];
    hex += "0123456789abcdef"[each & 15];
  }
  return hex;
}

}  // namespace

const ScramSecrets::Keys& ScramSecrets::of(const std::string& password, const std::string& salt,
                                           int iterations) {
  const auto [found, is_new] = known_.try_emplace({password, salt, iterations});
  if (!is_new) return found->second;
  Digest salted{};
  PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), raw(salt),
                    static_cast<int>(salt.size()), iterations, EVP_sha256(),
                    static_cast<int>(salted.size()), salted.data());
  found->second.stored = hash(hmac(salted.data(), salted.size(), "Client Key"));
  found->second.server = hmac(salted.data(), salted.size(), "Server Key");
  return found->second;
}

Scram::Scram(ScramSecrets& secrets, std::string password, std::string salt, std::string nonce,
             int iterations)
    : secrets_(secrets),
      password_(std::move(password)),
      salt_(std::move(salt)),
      nonce_(std::move(nonce)),
      iterations_(iterations) {}

std::optional<std::string> Scram::first(std::string_view message) {
  // "n,," or "y,,": the channel is not bound, as there is no TLS.
  if (message.size() < 3 || (message[0] != 'n' && message[0] != 'y') || message[1] != ',') {
    return std::nullopt;
  }
  const std::size_t comma = message.find(',', 2);
  if (comma == std::string_view::npos) return std::nullopt;
  header_ = message.substr(0, comma + 1);
  const std::string bare(message.substr(comma + 1));
  std::string_view rest = bare;
  if (!take(rest, 'n')) return std::nullopt;
  const auto theirs = take(rest, 'r');
  if (!theirs || theirs->empty()) return std::nullopt;
  nonce_ = std::string(*theirs) + nonce_;
  std::string answer = "r=" + nonce_ + ",s=" + to_base64(raw(salt_), salt_.size()) +
                       ",i=" + std::to_string(iterations_);
  exchanged_ = bare + "," + answer;
  return answer;
}

std::optional<std::string> Scram::last(std::string_view message) {
  const std::size_t end = message.rfind(",p=");
  if (end == std::string_view::npos) return std::nullopt;
  const std::string without_proof(message.substr(0, end));
  std::string_view rest = message;
  const auto binding = take(rest, 'c');
  const auto nonce = take(rest, 'r');
  const auto proof = take(rest, 'p');
  if (!binding || !nonce || !proof || *nonce != nonce_) return std::nullopt;
  if (from_base64(*binding) != header_) return std::nullopt;
  const auto bytes = from_base64(*proof);
  if (!bytes || bytes->size() != Digest{}.size()) return std::nullopt;

  const ScramSecrets::Keys& keys = secrets_.of(password_, salt_, iterations_);
  const std::string all = exchanged_ + "," + without_proof;
  Digest client = hmac(keys.stored.data(), keys.stored.size(), all);
  for (std::size_t i = 0; i < client.size(); ++i) {
    client[i] = static_cast<unsigned char>(client[i] ^ static_cast<unsigned char>((*bytes)[i]));
  }
  if (hash(client) != keys.stored) return std::nullopt;
  const Digest signature = hmac(keys.server.data(), keys.server.size(), all);
  return "v=" + to_base64(signature.data(), signature.size());
}

std::string md5_response(std::string_view user, std::string_view password, std::string_view salt) {
  const std::string inner = hex_md5(std::string(password) + std::string(user));
  return "md5" + hex_md5(inner + std::string(salt));
}

}  // namespace poolproof::world::postgres
