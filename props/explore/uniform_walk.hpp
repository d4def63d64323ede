// URW and SURW: walks near to uniform over interleavings, where a plain random walk prefers those
// that hold a short task back (Zhao, Wolff, Mathur, Roychoudhury, "Selectively uniform concurrency
// testing", ASPLOS 2025).
#pragma once

#include <vector>

#include "props/explore/swarm.hpp"

namespace poolproof::explore {

// URW: a task is as likely as it has steps left, by experience.
class UniformWalk final : public Swarm {
 public:
  UniformWalk(std::uint64_t seed, const Experience& experience)
      : Swarm(seed), experience_(experience) {}

 protected:
  std::size_t pick(std::span<const world::Candidate> tasks) override;

 private:
  const Experience& experience_;
  std::vector<std::uint32_t> weights_;
};

// SURW: uniform only over the order of the steps at one or two objects, drawn once a run. Whose
// such step is next is decided ahead, by the steps left; the others walk at random around it.
class SelectiveWalk final : public Swarm {
 public:
  SelectiveWalk(std::uint64_t seed, const Experience& experience);

 protected:
  std::size_t pick(std::span<const world::Candidate> tasks) override;

 private:
  void look_around(std::span<const world::Candidate> tasks);
  [[nodiscard]] bool is_interesting(const world::Candidate& task) const;
  std::size_t intend(std::span<const world::Candidate> tasks);

  static constexpr std::size_t kNobody = kTasksKnown;

  const Experience& experience_;
  std::array<std::uint32_t, 2> ranks_{};  // in order of appearance, of the objects that count
  std::vector<const void*> seen_;         // objects so far
  std::array<bool, kTasksKnown> held_back_{};
  std::size_t intended_ = kNobody;
  std::vector<std::uint32_t> weights_;
};

}  // namespace poolproof::explore
