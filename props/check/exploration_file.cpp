#include "props/check/exploration_file.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "props/explore/dpor/message.hpp"

namespace poolproof::check {
namespace {

using nlohmann::json;

constexpr int kVersion = 3;

json header_of(const Certificate& about) {
  return {about.accused, about.code, about.scenario, about.sentences,
          about.model,   about.laws, about.refines};
}

Certificate about_in(const json& json) {
  Certificate about;
  about.accused = json.at(0);
  about.code = json.at(1);
  about.scenario = json.at(2);
  about.sentences = json.at(3);
  about.model = json.at(4);
  about.laws = json.at(5).get<std::vector<std::string>>();
  about.refines = json.at(6);
  return about;
}

}  // namespace

std::optional<Explorable> ExplorationFile::read() const {
  if (!std::filesystem::exists(name_)) return std::nullopt;
  std::ifstream stream(name_, std::ios::binary);
  if (!stream) throw std::runtime_error(fmt::format("--resume {}: cannot be read", name_));
  try {
    const json all = json::from_cbor(stream);
    if (all.at("poolproof_exploration") != kVersion) {
      throw std::runtime_error(
          fmt::format("--resume {}: is of another version; remove it to begin anew", name_));
    }
    Certificate given = about_in(all.at("about"));
    given.classes = about_.classes;
    given.digest = about_.digest;
    if (const auto different = difference(given, about_)) {
      throw std::runtime_error(
          fmt::format("--resume {}: {}; remove it to begin anew", name_, *different));
    }
    Explorable seen;
    seen.left = all.at("left").get<explore::dpor::Frontier>();
    seen.rounds = all.at("rounds").get<explore::dpor::Rounds>();
    seen.classes = all.at("classes").get<std::unordered_set<std::uint64_t>>();
    seen.executions = all.at("executions");
    seen.redundant = all.at("redundant");
    seen.approximate = all.at("approximate");
    seen.steps = all.at("steps");
    return seen;
  } catch (const json::exception&) {
    throw std::runtime_error(fmt::format(
        "--resume {}: is no exploration, or is damaged; remove it to begin anew", name_));
  }
}

void ExplorationFile::write(const Explorable& seen) const {
  const json all{{"poolproof_exploration", kVersion},
                 {"about", header_of(about_)},
                 {"left", seen.left},
                 {"rounds", seen.rounds},
                 {"classes", seen.classes},
                 {"executions", seen.executions},
                 {"redundant", seen.redundant},
                 {"approximate", seen.approximate},
                 {"steps", seen.steps}};
  const std::string beside = name_ + ".new";
  std::ofstream stream(beside, std::ios::binary);
  json::to_cbor(all, stream);
  stream.close();
  std::error_code wrong;
  if (stream) std::filesystem::rename(beside, name_, wrong);
  if (!stream || wrong) {
    throw std::runtime_error(fmt::format("--resume {}: cannot be written", name_));
  }
}

}  // namespace poolproof::check
