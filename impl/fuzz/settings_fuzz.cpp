// Whatever stands in the environment is read or refused in one line, harms nothing, and shows no
// password: libFuzzer's way to the laws of ../settings_laws_test.cpp. The first byte says which
// variable the rest is. P: the rest is what surrounds
// the secret within a password, on both sides of a '|'.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <poolproof/settings.hpp>

namespace {

constexpr std::string_view kPassword = "hunter2";

[[noreturn]] void fail(const char* law, const std::string& told) {
  std::fprintf(stderr, "%s: %s\n", law, told.c_str());
  std::abort();
}

void judge(const poolproof::SettingsText& text) {
  const auto read = poolproof::read_settings(text);
  if (read) {
    if (const auto wrong = problem(*read)) fail("what is read has no problem", *wrong);
    return;
  }
  const std::string& told = read.error();
  if (told.find('\n') != std::string::npos) fail("it is told in one line", told);
  if (!told.starts_with("DATABASE_")) fail("it begins with the variable", told);
  if (told.find(kPassword) != std::string::npos) fail("it shows no password", told);
}

// Both are parts of the password too, whatever they look like: up to the last '@' all is.
void judge_password(std::string_view before, std::string_view after) {
  std::string url = "postgresql://me:";
  url.append(before).append(kPassword).append(after).append("@db/app");
  judge({.database_url = url});
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (input.empty() || input.find(kPassword) != std::string_view::npos) return 0;
  const std::string rest(input.substr(1));
  switch (input[0]) {
    case 'P': {
      const std::size_t end = std::min(rest.find('|'), rest.size());
      judge_password(std::string_view(rest).substr(0, end),
                     std::string_view(rest).substr(std::min(end + 1, rest.size())));
      break;
    }
    case 'J': judge({.pool_args = rest}); break;
    case 'C': judge({.pool_class = rest}); break;
    default: judge({.database_url = rest});
  }
  return 0;
}
