#include "props/check/corpus.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace poolproof::check {
namespace {

namespace fs = std::filesystem;

constexpr const char* kEnding = ".json";

[[noreturn]] void fail(const fs::path& path, std::string_view why) {
  throw std::runtime_error(fmt::format("{}: {}", path.string(), why));
}

// FNV-1a: the same name on every machine.
std::uint32_t hash_of(std::string_view text) {
  std::uint32_t hash = 0x811c9dc5;
  for (const char each : text) hash = (hash ^ static_cast<std::uint8_t>(each)) * 0x01000193;
  return hash;
}

// wake-3f2a.json; if another has that name, with more digits.
std::string name_of(const Regression& regression, int digits) {
  std::string law(model::id(regression.law));
  std::transform(law.begin(), law.end(), law.begin(),
                 [](unsigned char each) { return static_cast<char>(std::tolower(each)); });
  const std::string hash = fmt::format("{:08x}", hash_of(explore::to_text(regression.token)));
  return fmt::format("{}-{}{}", law, hash.substr(0, static_cast<std::size_t>(digits)), kEnding);
}

// A file beside it that nobody else has.
fs::path written_beside(const fs::path& file, const std::string& text) {
  fs::path beside = file;
  beside += fmt::format(".{}.part", getpid());
  std::ofstream stream(beside, std::ios::binary);
  stream << text;
  stream.close();
  if (stream) return beside;
  std::error_code ignored;
  fs::remove(beside, ignored);
  fail(file, "cannot be written");
}

// False if there is a file of that name.
bool write_new(const fs::path& file, const std::string& text) {
  const fs::path beside = written_beside(file, text);
  const bool linked = link(beside.c_str(), file.c_str()) == 0;
  const int error = errno;
  std::error_code ignored;
  fs::remove(beside, ignored);
  if (!linked && error != EEXIST) fail(file, std::strerror(error));
  return linked;
}

}  // namespace

std::string text_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (!stream.is_open() || stream.bad()) fail(file, "cannot be read");
  return text;
}

void write_whole(const fs::path& file, const std::string& text) {
  const fs::path beside = written_beside(file, text);
  std::error_code error;
  fs::rename(beside, file, error);
  if (error) fail(file, error.message());
}

Corpus::Corpus(fs::path folder) : folder_(std::move(folder)) {
  std::error_code error;
  if (!fs::is_directory(folder_, error)) fail(folder_, "is no folder of regressions");
}

Corpus Corpus::made_at(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error && !fs::is_directory(folder)) {
    fail(folder, fmt::format("regressions cannot be kept there: {}", error.message()));
  }
  if (access(folder.c_str(), R_OK | W_OK | X_OK) != 0) {
    fail(folder, fmt::format("regressions cannot be kept there: {}", std::strerror(errno)));
  }
  return Corpus(folder);
}

std::vector<Corpus::Entry> Corpus::entries() const {
  std::vector<Entry> entries;
  std::error_code error;
  for (const auto& each : fs::directory_iterator(folder_, error)) {
    if (each.path().extension() != kEnding) continue;
    entries.push_back({.name = each.path().filename().string(), .content = {}});
  }
  if (error) fail(folder_, error.message());
  std::sort(entries.begin(), entries.end(),
            [](const Entry& one, const Entry& other) { return one.name < other.name; });
  for (Entry& entry : entries) {
    try {
      const std::string text = text_of(folder_ / entry.name);
      entry.size = text.size();
      entry.content = parse_regression(text);
    } catch (const std::runtime_error&) {
      entry.content = "it cannot be read";
    }
  }
  return entries;
}

Corpus::Saved Corpus::save(const Regression& regression) const {
  for (const Entry& entry : entries()) {
    const auto* const known = std::get_if<Regression>(&entry.content);
    if (known != nullptr && duplicates(*known, regression)) {
      return {(folder_ / entry.name).string(), false};
    }
  }
  for (const int digits : {4, 6, 8}) {
    const fs::path file = folder_ / name_of(regression, digits);
    if (write_new(file, to_text(regression))) return {file.string(), true};
  }
  fail(folder_ / name_of(regression, 8), "is there already, and holds something else");
}

void Corpus::remove(const std::string& name) const {
  std::error_code error;
  fs::remove(folder_ / name, error);
  if (error) fail(folder_ / name, error.message());
}

}  // namespace poolproof::check
