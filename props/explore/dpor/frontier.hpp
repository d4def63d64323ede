// What is left of an exploration that is done in parts, by several at once or one after the other:
// the tree of those states from which something is still to be tried, or may yet have to be.
//
// Whoever takes a part explores what is left at its last state, and all that follows, for as long
// as he likes; then gives back what is left of it, and what he found must be tried at the states
// before it. A state is done when nothing is left to try there and all that follows is done, for
// only what follows can add to it. What is being explored elsewhere counts as a sleeper: all that
// begins with it will be seen (compare Lang and Sagonas, "Parallel graph-based stateless model
// checking", ATVA 2020).
#pragma once

#include <cstdint>
#include <deque>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <vector>

#include "props/explore/dpor/node.hpp"

namespace poolproof::explore::dpor {

// A path, of which the last state is to be advanced; an empty one is all there is. The branches of
// the states before it are not the taker's: what he adds there he gives back.
struct Part {
  std::size_t number = 0;
  std::vector<Node> path{};
};

// What became of a part.
struct Remainder {
  std::size_t number = 0;
  std::vector<WakeupTree> before{};  // for each state before its last: what is to be tried there
  std::vector<Node> path{};          // its last state, and what follows if it is not done
};

class Frontier {
 public:
  // A part that nobody has; nothing if there is none now.
  std::optional<Part> take();
  void give_back(Remainder remainder);
  // That one was lost: nothing came of it.
  void give_back(const Part& part);

  // Whether all is explored.
  [[nodiscard]] bool is_done() const { return begun_ && !whole_is_taken_ && alive_ == 0; }
  // How many parts there are that nobody has.
  [[nodiscard]] std::size_t ready() const;
  // How much of all there is has been seen, at a guess: from 0 to 1.
  [[nodiscard]] double done() const;

  // Parts that are taken count as not taken.
  friend void to_json(nlohmann::json& json, const Frontier& frontier);
  friend void from_json(const nlohmann::json& json, Frontier& frontier);

 private:
  static constexpr std::size_t kNone = ~std::size_t{0};

  struct Twig {
    Node node{};
    Node came_by{};  // the one before it, with the event that led here: it may have gone on since
    std::size_t number = 0;
    std::size_t parent = kNone;
    std::size_t children = 0;  // that are alive
    std::uint32_t depth = 0;
    bool alive = false;
    bool taken = false;
    std::vector<std::vector<Move>> late{};  // came while it was taken
  };

  std::size_t grow(Node node, std::size_t parent);
  void add(std::size_t index, std::vector<Move> sequence);
  void settle(std::size_t index);
  void wither(std::size_t index);

  std::deque<Twig> twigs_;  // some of them dead
  std::vector<std::size_t> dead_;
  std::size_t alive_ = 0;
  bool begun_ = false;
  bool whole_is_taken_ = false;
};

}  // namespace poolproof::explore::dpor
