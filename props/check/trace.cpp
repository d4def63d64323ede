#include "props/check/trace.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "model/config.hpp"
#include "props/explore/bits.hpp"

namespace poolproof::check {
namespace {

using explore::BitReader;
using explore::BitWriter;
using world::Step;

constexpr unsigned kBitsOfKind = 5;
constexpr unsigned kBitsOfSum = 16;
constexpr auto kLastKind = world::OperationKind::update;
static_assert(static_cast<unsigned>(kLastKind) < 1U << kBitsOfKind);

std::uint64_t since(const Step& step, world::Time before) {
  return static_cast<std::uint64_t>((step.at - before).count());
}

std::string name_of(const Trace& trace, world::TaskId task) {
  const auto index = static_cast<std::size_t>(task);
  return index < trace.tasks.size() ? trace.tasks[index] : fmt::format("thread {}", index);
}

}  // namespace

std::string step_text(const Trace& trace, std::size_t index) {
  if (index >= trace.steps.size()) return "the end";
  const Step& step = trace.steps[index];
  return fmt::format("{} of {} at {}", world::name(step.kind), name_of(trace, step.task),
                     model::to_string(step.at.time_since_epoch()));
}

std::optional<std::size_t> first_differing_step(const Trace& before, const Trace& now) {
  const auto [first, second] =
      std::mismatch(before.steps.begin(), before.steps.end(), now.steps.begin(), now.steps.end());
  if (first == before.steps.end() && second == now.steps.end()) return std::nullopt;
  return static_cast<std::size_t>(first - before.steps.begin());
}

// Of each step a bit that says whether it is the task of the step before, the kind, and the time
// since then, which mostly is none.
std::string packed(const std::vector<Step>& steps) {
  BitWriter out;
  out.number(steps.size(), 6);
  Step before{};
  for (const Step& step : steps) {
    const bool same_task = step.task == before.task;
    out.bit(!same_task);
    if (!same_task) out.number(static_cast<std::uint64_t>(step.task), 2);
    out.fixed(static_cast<std::uint64_t>(step.kind), kBitsOfKind);
    out.bit(step.at != before.at);
    if (step.at != before.at) out.number(since(step, before.at), 16);
    before = step;
  }
  out.fixed(explore::checksum(out.bits()), kBitsOfSum);
  return out.text();
}

std::optional<std::vector<Step>> unpacked(std::string_view text) {
  BitReader in(text);
  std::vector<Step> steps;
  Step step{};
  for (std::uint64_t left = in.number(6); left > 0 && !in.failed(); --left) {
    if (in.bit()) step.task = static_cast<world::TaskId>(in.number(2));
    step.kind = static_cast<world::OperationKind>(in.fixed(kBitsOfKind));
    if (in.bit()) step.at += world::Duration(static_cast<std::int64_t>(in.number(16)));
    if (step.kind > kLastKind) return std::nullopt;
    steps.push_back(step);
  }
  const std::uint16_t sum = explore::checksum(in.taken());
  if (in.fixed(kBitsOfSum) != sum || !in.at_end()) return std::nullopt;
  return steps;
}

}  // namespace poolproof::check
