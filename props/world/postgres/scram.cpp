#include "props/world/postgres/scram.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <utility>

namespace poolproof::world::postgres {
namespace {

const unsigned char* raw(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// Fetched once, outside of any run: to look them up OpenSSL takes locks, and in a task those would
// be the machine's.
struct Algorithms {
  EVP_MD* sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  EVP_MD* md5 = EVP_MD_fetch(nullptr, "MD5", nullptr);
};
const Algorithms& algorithms() {
  static const Algorithms known;
  return known;
}

// Of two texts, one after the other.
void hash(const EVP_MD* algorithm, std::string_view one, std::string_view other,
          unsigned char* result) {
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  EVP_DigestInit_ex2(context, algorithm, nullptr);
  EVP_DigestUpdate(context, one.data(), one.size());
  EVP_DigestUpdate(context, other.data(), other.size());
  EVP_DigestFinal_ex(context, result, nullptr);
  EVP_MD_CTX_free(context);
}

std::string_view text_of(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

Digest hash(const Digest& of) {
  Digest digest{};
  hash(algorithms().sha256, text_of(of), {}, digest.data());
  return digest;
}

// RFC 2104.
Digest hmac(std::string_view key, std::string_view text) {
  std::array<char, 64> inner{}, outer{};
  Digest digest{};
  if (key.size() > inner.size()) {
    hash(algorithms().sha256, key, {}, digest.data());
    return hmac(text_of(digest), text);
  }
  for (std::size_t i = 0; i < inner.size(); ++i) {
    const char each = i < key.size() ? key[i] : '\0';
    inner[i] = static_cast<char>(each ^ 0x36);
    outer[i] = static_cast<char>(each ^ 0x5c);
  }
  hash(algorithms().sha256, {inner.data(), inner.size()}, text, digest.data());
  hash(algorithms().sha256, {outer.data(), outer.size()}, text_of(digest), digest.data());
  return digest;
}

void mix_in(Digest& digest, std::string_view other) {
  for (std::size_t i = 0; i < digest.size(); ++i) {
    digest[i] = static_cast<unsigned char>(digest[i] ^ static_cast<unsigned char>(other[i]));
  }
}

// PBKDF2 (RFC 8018) of a single block.
Digest salted(std::string_view password, std::string_view salt, int iterations) {
  const std::string first = std::string(salt) + std::string("\0\0\0\1", 4);
  Digest last = hmac(password, first);
  Digest result = last;
  for (int i = 1; i < iterations; ++i) {
    last = hmac(password, text_of(last));
    mix_in(result, text_of(last));
  }
  return result;
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
  hash(algorithms().md5, text, {}, digest);
  std::string hex;
  for (const unsigned char each : digest) {
    hex += "0123456789abcdef"[each >> 4];
    hex += "0123456789abcdef"[each & 15];
  }
  return hex;
}

}  // namespace

ScramSecrets::ScramSecrets() { algorithms(); }

const ScramSecrets::Keys& ScramSecrets::of(const std::string& password, const std::string& salt,
                                           int iterations) {
  const auto [found, is_new] = known_.try_emplace({password, salt, iterations});
  if (!is_new) return found->second;
  const Digest key = salted(password, salt, iterations);
  found->second.stored = hash(hmac(text_of(key), "Client Key"));
  found->second.server = hmac(text_of(key), "Server Key");
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
  Digest client = hmac(text_of(keys.stored), all);
  mix_in(client, *bytes);
  if (hash(client) != keys.stored) return std::nullopt;
  const Digest signature = hmac(text_of(keys.server), all);
  return "v=" + to_base64(signature.data(), signature.size());
}

std::string md5_response(std::string_view user, std::string_view password, std::string_view salt) {
  const std::string inner = hex_md5(std::string(password) + std::string(user));
  return "md5" + hex_md5(inner + std::string(salt));
}

}  // namespace poolproof::world::postgres
