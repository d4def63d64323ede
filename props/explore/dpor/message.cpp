#include "props/explore/dpor/message.hpp"

#include <utility>

namespace poolproof::explore::dpor {

using nlohmann::json;

void to_json(json& json, const Accesses& accesses) {
  json = json::array();
  for (const Access& each : accesses) {
    const Access::Parts parts = each.parts();
    json.push_back(parts.object);
    json.push_back(parts.due);
    json.push_back(parts.kind);
  }
}

void from_json(const json& json, Accesses& accesses) {
  accesses.clear();
  for (std::size_t i = 0; i + 2 < json.size(); i += 3) {
    accesses.add(Access(Access::Parts{json[i], json[i + 1], json[i + 2]}));
  }
}

void to_json(json& json, const Move& move) {
  json = {move.process, move.free, move.open, move.answers, move.accesses};
}

void from_json(const json& json, Move& move) {
  move = {json.at(0), json.at(1), json.at(2), json.at(3), json.at(4).get<Accesses>()};
}

void to_json(json& json, const WakeupTree& tree) { json = WakeupTree(tree).sequences(); }

void from_json(const json& json, WakeupTree& tree) {
  tree = {};
  for (const auto& each : json) tree.insert(each.get<std::vector<Move>>());
}

void to_json(json& json, const Node::Sleeper& sleeper) {
  json = {sleeper.process, sleeper.accesses};
}

void from_json(const json& json, Node::Sleeper& sleeper) {
  sleeper = {json.at(0), json.at(1).get<Accesses>()};
}

void to_json(json& json, const Node::Question& question) {
  json = {question.number, question.answers, question.answer};
}

void from_json(const json& json, Node::Question& question) {
  question = {json.at(0), json.at(1), json.at(2)};
}

void to_json(json& json, const Node& node) {
  json = {node.process, node.plan,     node.questions, node.accesses, node.then,
          node.tried,   node.explored, node.sleepers,  node.branches};
}

void from_json(const json& json, Node& node) {
  node.process = json.at(0);
  node.plan = json.at(1).get<Answers>();
  node.questions = json.at(2).get<std::vector<Node::Question>>();
  node.accesses = json.at(3).get<Accesses>();
  node.then = json.at(4).get<WakeupTree>();
  node.tried = json.at(5).get<std::vector<std::vector<Node::Question>>>();
  node.explored = json.at(6);
  node.sleepers = json.at(7).get<std::vector<Node::Sleeper>>();
  node.branches = json.at(8).get<WakeupTree>();
}

void to_json(json& json, const Remainder& remainder) {
  json = {remainder.number, remainder.before, remainder.path};
}

void from_json(const json& json, Remainder& remainder) {
  remainder.number = json.at(0);
  remainder.before = json.at(1).get<std::vector<WakeupTree>>();
  remainder.path = json.at(2).get<std::vector<Node>>();
}

}  // namespace poolproof::explore::dpor
