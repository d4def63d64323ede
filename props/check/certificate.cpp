#include "props/check/certificate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "model/digest.hpp"
#include "model/laws.hpp"

namespace poolproof::check {
namespace {

constexpr int kVersion = 2;
// Enough for small scenarios; of a larger one a part of the model is as good.
constexpr std::size_t kMostModelStates = 5'000;

class Digest {
 public:
  void add(std::string_view text) {
    for (const char each : text) add(each);
    add('\0');
  }
  void add(char each) { hash_ = (hash_ ^ static_cast<unsigned char>(each)) * 0x100000001b3; }
  [[nodiscard]] std::string text() const { return fmt::format("{:016x}", hash_); }

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325;
};

// Of the plugin, or of this program if the pool is a part of it.
std::string digest_of_code(const Accused& accused) {
  std::ifstream file(accused.file().empty() ? "/proc/self/exe" : accused.file(), std::ios::binary);
  Digest digest;
  std::for_each(std::istreambuf_iterator<char>(file), {}, [&](char each) { digest.add(each); });
  return digest.text();
}

std::string digest_of(const Laws& laws) {
  Digest digest;
  for (const model::LawId law : laws) {
    digest.add(model::id(law));
    digest.add(model::sentence(law));
  }
  return digest.text();
}

bool is_failing(const model::Move& move) { return move.failures != model::Failures{}; }

// What the callers of that plan and the server can do.
bool happens_in(const scenario::Plan& plan, const model::Move& move) {
  using scenario::Chore;
  using scenario::Remark;
  if (is_failing(move) || std::holds_alternative<model::Cancel>(move.event)) return false;
  if (std::holds_alternative<model::Dispose>(move.event)) return plan.chore == Chore::dispose;
  if (std::holds_alternative<model::Close>(move.event)) return plan.chore == Chore::close;
  if (std::holds_alternative<model::Detach>(move.event)) return plan.remark == Remark::detach;
  const auto* const invalidates = std::get_if<model::Invalidate>(&move.event);
  if (invalidates == nullptr) return true;
  switch (invalidates->how) {
    case model::Invalidation::hard: return plan.remark == Remark::invalidate;
    case model::Invalidation::soft: return plan.remark == Remark::invalidate_softly;
    case model::Invalidation::generation: return plan.remark == Remark::invalidate_generation;
  }
  return true;
}

std::string digest_of_model(const ExplorationOptions& options, const scenario::Scenario& scenario) {
  return fmt::format("{:016x}", model::digest({.config = scenario.pool,
                                               .callers = options.bounds.callers,
                                               .most_states = kMostModelStates,
                                               .may_happen = [&](const model::Move& move) {
                                                 return happens_in(options.plan, move);
                                               }}));
}

}  // namespace

Certificate certificate(const Accused& accused, const ExplorationOptions& options,
                        const Exploration& found) {
  const scenario::Scenario scenario = scenario_of(options);
  Certificate certificate{
      .accused = std::string(accused.name()),
      .code = digest_of_code(accused),
      .scenario = summary(options, scenario) + '\n' + scenario::to_text(scenario),
      .sentences = digest_of(options.laws),
      .model = digest_of_model(options, scenario),
      .laws = {},
      .refines = options.refines,
      .classes = found.classes.size(),
      .executions = found.executions,
      .digest = fmt::format("{:016x}", found.digest())};
  for (const model::LawId law : options.laws) certificate.laws.emplace_back(model::id(law));
  return certificate;
}

std::string to_json(const Certificate& certificate) {
  const nlohmann::ordered_json json{
      {"poolproof_certificate", kVersion},
      {"accused", certificate.accused},
      {"code", certificate.code},
      {"scenario", certificate.scenario},
      {"laws", certificate.laws},
      {"laws_digest", certificate.sentences},
      {"refines", certificate.refines},
      {"model_digest", certificate.model},
      {"classes", certificate.classes},
      {"executions", certificate.executions},
      {"classes_digest", certificate.digest},
  };
  return json.dump(2);
}

void write_certificate(const std::string& file, const Certificate& certificate) {
  std::ofstream stream(file);
  stream << to_json(certificate) << '\n';
  stream.close();
  if (!stream) throw std::runtime_error(fmt::format("--certificate {}: cannot be written", file));
}

Certificate read_certificate(const std::string& file) {
  std::ifstream stream(file);
  if (!stream) throw std::runtime_error(fmt::format("--verify {}: cannot be read", file));
  try {
    const auto json = nlohmann::json::parse(stream);
    if (json.at("poolproof_certificate") != kVersion) {
      throw std::runtime_error(
          fmt::format("--verify {}: is of another version; make it anew with --certificate", file));
    }
    return {json.at("accused"),       json.at("code"),         json.at("scenario"),
            json.at("laws_digest"),   json.at("model_digest"), json.at("laws"),
            json.at("refines"),       json.at("classes"),      json.at("executions"),
            json.at("classes_digest")};
  } catch (const nlohmann::json::exception&) {
    throw std::runtime_error(
        fmt::format("--verify {}: is no certificate; make one with --certificate", file));
  }
}

std::optional<std::string> difference(const Certificate& given, const Certificate& found) {
  if (given.accused != found.accused) {
    return fmt::format("the certificate is of {}, this is {}", given.accused, found.accused);
  }
  if (given.scenario != found.scenario) {
    return fmt::format("the certificate's scenario is another: {}",
                       given.scenario.substr(0, given.scenario.find('\n')));
  }
  if (given.laws != found.laws || given.sentences != found.sentences) return "the laws are others";
  if (given.refines != found.refines) {
    return fmt::format("the certificate is {}of each step being the model's, this exploration {}",
                       given.refines ? "" : "not ", given.refines ? "is not" : "is");
  }
  if (given.model != found.model) return "the model has changed since";
  if (given.code != found.code) return "the code has changed since";
  if (given.classes != found.classes) {
    return fmt::format("the certificate has {} classes, this exploration {}", given.classes,
                       found.classes);
  }
  if (given.digest != found.digest) return "there are as many classes, but they are others";
  return std::nullopt;
}

}  // namespace poolproof::check
