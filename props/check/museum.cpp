#include "props/check/museum.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace poolproof::check {
namespace {

namespace fs = std::filesystem;

bool read_number(const std::string& text, std::optional<int>& number) {
  int read = 0;
  const char* const end = text.data() + text.size();
  if (std::from_chars(text.data(), end, read).ptr != end) return false;
  number = read;
  return true;
}

// An option that a pool needs, or that its defect is about: max_overflow=-1.
bool read_option(const std::string& text, scenario::Bounds& bounds) {
  const std::size_t sign = text.find('=');
  if (sign == std::string::npos) return false;
  const std::string name = text.substr(0, sign);
  const std::string value = text.substr(sign + 1);
  if (name == "pool_size") return read_number(value, bounds.pool_size);
  if (name == "max_overflow") return read_number(value, bounds.max_overflow);
  if (name == "recycle" && value == "never") {
    bounds.recycle = scenario::Limit{};
    return true;
  }
  if (name == "patience") {
    bounds.patience = scenario::parse_duration(value);
    return bounds.patience.has_value();
  }
  if (name != "reset_on_return") return false;
  using model::ResetOnReturn;
  for (const auto reset : {ResetOnReturn::rollback, ResetOnReturn::commit, ResetOnReturn::discard,
                           ResetOnReturn::none}) {
    if (model::name(reset) == value) bounds.reset_on_return = reset;
  }
  return bounds.reset_on_return.has_value();
}

std::optional<CatalogueLine> read_line(const std::string& text) {
  std::istringstream in(text);
  CatalogueLine line;
  in >> line.name;
  bool law_comes = true;
  for (std::string word; in >> word; law_comes = false) {
    if (read_option(word, line.bounds)) continue;
    line.law = law_comes ? model::law_named(word) : std::nullopt;
    if (!line.law || !(in >> line.schedules) || line.schedules == 0) return std::nullopt;
  }
  if (scenario::problem(line.bounds)) return std::nullopt;
  return line;
}

// The sorted names of the plugins.
std::vector<std::string> plugins_in(const std::string& folder) {
  std::error_code error;
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".so") names.push_back(entry.path().stem());
  }
  if (error) throw std::runtime_error(fmt::format("{}: {}", folder, error.message()));
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

std::vector<CatalogueLine> read_catalogue(const std::string& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error(fmt::format("{}: cannot be read", file));
  std::vector<CatalogueLine> lines;
  int number = 0;
  for (std::string text; std::getline(in, text);) {
    ++number;
    if (text.empty() || text.front() == '#') continue;
    auto line = read_line(text);
    if (!line) {
      throw std::runtime_error(fmt::format(
          "{}:{}: takes a name, a law such as CAP and a number of schedules, or a name alone; and "
          "options such as max_overflow=-1, pool_size=0, patience=5ms, recycle=never or "
          "reset_on_return=none",
          file, number));
    }
    lines.push_back(*std::move(line));
  }
  return lines;
}

std::vector<Exhibit> museum_in(const std::string& folder) {
  std::vector<std::string> names = plugins_in(folder);
  std::vector<Exhibit> exhibits;
  const auto exhibit = [&](const std::string& name) {
    exhibits.push_back({.name = name, .file = folder + "/" + name + ".so", .targets = {}});
  };
  const std::string catalogue = folder + "/catalogue.txt";
  if (fs::exists(catalogue)) {
    for (const CatalogueLine& line : read_catalogue(catalogue)) {
      if (std::erase(names, line.name) > 0) exhibit(line.name);
      const auto shown = std::find_if(exhibits.begin(), exhibits.end(),
                                      [&](const Exhibit& each) { return each.name == line.name; });
      if (shown == exhibits.end()) continue;
      shown->sound = !line.law;
      shown->bounds = line.bounds;
      if (line.law) shown->targets.insert(*line.law);
    }
  }
  for (const std::string& name : names) exhibit(name);
  return exhibits;
}

}  // namespace poolproof::check
