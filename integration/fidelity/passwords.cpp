#include "integration/fidelity/passwords.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cstdlib>

namespace poolproof::integration::fidelity {
namespace {

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string digest(const EVP_MD* kind, std::string_view text) {
  std::array<char, EVP_MAX_MD_SIZE> result{};
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(result.data()), &size, kind,
             nullptr);
  return {result.data(), size};
}

std::string hmac(std::string_view key, std::string_view text) {
  std::array<char, EVP_MAX_MD_SIZE> result{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes(text), text.size(),
       reinterpret_cast<unsigned char*>(result.data()), &size);
  return {result.data(), size};
}

std::string hexadecimal(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string result;
  for (const char each : text) {
    result += kDigits[static_cast<unsigned char>(each) >> 4];
    result += kDigits[static_cast<unsigned char>(each) & 15];
  }
  return result;
}

std::string base64(std::string_view text) {
  std::string result(4 * ((text.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(result.data()), bytes(text),
                                   static_cast<int>(text.size()));
  result.resize(static_cast<std::size_t>(size));
  return result;
}

std::string from_base64(std::string_view text) {
  std::string result(text.size(), '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(result.data()), bytes(text),
                                   static_cast<int>(text.size()));
  const auto padding = static_cast<std::size_t>(text.ends_with("==") ? 2 : text.ends_with("="));
  result.resize(size < 0 ? 0 : static_cast<std::size_t>(size) - padding);
  return result;
}

// The value of an attribute such as "r=": all up to the next comma.
std::string_view attribute(std::string_view message, std::string_view name) {
  const auto at = message.find(name);
  if (at == std::string_view::npos) return {};
  const std::string_view value = message.substr(at + name.size());
  return value.substr(0, value.find(','));
}

std::string client_first_bare() { return "n=,r=" + std::string(kClientNonce); }

}  // namespace

std::string md5_password(std::string_view user, std::string_view password, std::string_view salt) {
  const std::string inner =
      hexadecimal(digest(EVP_md5(), std::string(password) + std::string(user)));
  return "md5" + hexadecimal(digest(EVP_md5(), inner + std::string(salt)));
}

std::string scram_client_first() { return "n,," + client_first_bare(); }

std::string scram_client_final(std::string_view password, std::string_view server_first) {
  const std::string salt = from_base64(attribute(server_first, ",s="));
  const int iterations = std::atoi(std::string(attribute(server_first, ",i=")).c_str());
  std::string salted(32, '\0');
  PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), bytes(salt),
                    static_cast<int>(salt.size()), iterations, EVP_sha256(), 32,
                    reinterpret_cast<unsigned char*>(salted.data()));
  const std::string key = hmac(salted, "Client Key");
  const std::string without_proof = "c=biws,r=" + std::string(attribute(server_first, "r="));
  std::string proof =
      hmac(digest(EVP_sha256(), key),
           client_first_bare() + "," + std::string(server_first) + "," + without_proof);
  for (std::size_t i = 0; i < proof.size(); ++i) {
    proof[i] = static_cast<char>(proof[i] ^ key[i]);
  }
  return without_proof + ",p=" + base64(proof);
}

}  // namespace poolproof::integration::fidelity
