#include "integration/fidelity/client_bytes.hpp"

#include <cstdlib>

namespace poolproof::integration::fidelity {
namespace {

constexpr std::int32_t kCancelRequest = 80877102;
constexpr std::int32_t kSslRequest = 80877103;
constexpr std::int32_t kGssEncRequest = 80877104;

std::string text(std::string_view value) { return std::string(value) + '\0'; }

// The word of that index, or nothing.
std::string word(const Step& step, std::size_t index) {
  return index < step.words.size() ? step.words[index] : std::string();
}

std::string start_up(const Step& step) {
  std::int32_t version = 3 << 16;
  std::string body;
  for (std::size_t i = 1; i < step.words.size(); ++i) {
    const std::string& each = step.words[i];
    const auto equals = each.find('=');
    const std::string name = each.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : each.substr(equals + 1);
    if (name == "version") {
      version =
          std::atoi(value.c_str()) << 16 | std::atoi(value.substr(value.find('.') + 1).c_str());
    } else {
      body += text(name) + text(value);
    }
  }
  return untyped(number32(version) + body + '\0');
}

std::string parse(const Step& step) {
  std::string types;
  std::int32_t count = 0;
  for (std::size_t i = 3; i < step.words.size(); ++i, ++count) {
    types += number32(std::atoi(step.words[i].c_str()));
  }
  return typed('P', text(word(step, 1)) + text(word(step, 2)) + number16(count) + types);
}

std::string bind(const Step& step) {
  std::string values;
  std::string formats = number16(0);
  std::string results = number16(0);
  std::int32_t count = 0;
  for (std::size_t i = 3; i < step.words.size(); ++i) {
    const std::string& each = step.words[i];
    if (each.starts_with("results=")) {
      results = number16(1) + number16(std::atoi(each.c_str() + 8));
    } else if (each.starts_with("formats=")) {
      formats = number16(1) + number16(std::atoi(each.c_str() + 8));
    } else {
      ++count;
      const auto size = static_cast<std::int32_t>(each.size());
      values += each == "null" ? number32(-1) : number32(size) + each;
    }
  }
  return typed('B', text(word(step, 1)) + text(word(step, 2)) + formats + number16(count) + values +
                        results);
}

}  // namespace

std::string number16(std::int32_t value) {
  return {static_cast<char>(value >> 8 & 0xff), static_cast<char>(value & 0xff)};
}

std::string number32(std::int32_t value) {
  return number16(value >> 16 & 0xffff) + number16(value & 0xffff);
}

std::string untyped(std::string_view body) {
  return number32(static_cast<std::int32_t>(body.size()) + 4) + std::string(body);
}

std::string typed(char type, std::string_view body) { return type + untyped(body); }

std::string bytes_of(const Step& step) {
  const std::string& verb = step.words.front();
  if (verb == "start") return start_up(step);
  if (verb == "ssl") return untyped(number32(kSslRequest));
  if (verb == "gss") return untyped(number32(kGssEncRequest));
  if (verb == "raw") return word(step, 1);
  if (verb.size() != 1) return {};
  const char type = verb.front();
  switch (type) {
    case 'Q': return typed(type, text(step.rest));
    case 'P': return parse(step);
    case 'B': return bind(step);
    case 'E': return typed(type, text(word(step, 1)) + number32(std::atoi(word(step, 2).c_str())));
    case 'D':
    case 'C': return typed(type, word(step, 1) + text(word(step, 2)));
    case 'd': return typed(type, word(step, 1));
    case 'p':
    case 'f': return typed(type, text(word(step, 1)));
    case 'S':
    case 'H':
    case 'X':
    case 'c': return typed(type, {});
    default: return {};
  }
}

std::string cancel_request(std::int32_t process, std::int32_t key) {
  return untyped(number32(kCancelRequest) + number32(process) + number32(key));
}

}  // namespace poolproof::integration::fidelity
