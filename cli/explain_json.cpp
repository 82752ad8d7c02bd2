#include "explain_report.h"

#include <fmt/format.h>
#include <sys/stat.h>

namespace kekkai::cli {
namespace {

std::string_view kind_of(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFDIR:
      return "directory";
    case S_IFLNK:
      return "link";
    case S_IFREG:
      return "file";
    case S_IFCHR:
    case S_IFBLK:
      return "device";
    case S_IFSOCK:
      return "socket";
    default:
      return "fifo";
  }
}

Json text_or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json ops_json(const Plan& plan) {
  Json ops = Json::array();
  for (const PlannedOp& op : plan.ops) {
    ops.push_back({{"op", op.text}, {"origin", op.origin}});
  }
  return ops;
}

Json calls_json(const Plan& plan) {
  Json calls = Json::array();
  for (const PlannedCall& call : plan.calls) {
    calls.push_back(
        {{"step", call.step}, {"op", call.op ? Json(*call.op) : Json()}, {"call", call.call}});
  }
  return calls;
}

Json mount_json(const PlannedMount& mount) {
  return {{"path", mount.path},
          {"type", mount.type},
          {"host_path", text_or_null(mount.host_path)},
          {"root", mount.root},
          {"read_only", has(mount.attributes, MountAttr::kReadOnly)},
          {"nosuid", has(mount.attributes, MountAttr::kNoSuid)},
          {"nodev", has(mount.attributes, MountAttr::kNoDev)},
          {"noexec", has(mount.attributes, MountAttr::kNoExec)},
          {"slave", mount.slave},
          {"hidden", mount.is_hidden}};
}

Json mounts_json(const Plan& plan) {
  Json mounts = Json::array();
  for (const PlannedMount& mount : plan.mounts) mounts.push_back(mount_json(mount));
  return mounts;
}

Json tree_json(const Plan& plan) {
  Json tree = Json::array();
  for (const PlannedFile& file : plan.tree) {
    tree.push_back({{"path", file.path},
                    {"kind", kind_of(file.mode)},
                    {"mode", fmt::format("{:04o}", file.mode & 07777)},
                    {"target", text_or_null(file.target)},
                    {"mount", file.mount ? Json(*file.mount) : Json()}});
  }
  return tree;
}

Json program_json(const Explanation& explained) {
  const Params& params = explained.plan.params;
  Json program{{"command", params.command},
               {"path", text_or_null(explained.plan.program)},
               {"directory", text_or_null(explained.plan.directory)},
               {"hostname", text_or_null(params.hostname)}};
  for (const Access& access : explained.access) program[std::string(access.name)] = access.items;
  return program;
}

Json failure_json(const std::optional<Failure>& failure) {
  if (!failure) return {};
  return {{"message", failure->message()},
          {"hint", text_or_null(failure->hint)},
          {"op", failure->op_index < 0 ? Json() : Json(failure->op_index)},
          {"call", text_or_null(failure->call)},
          {"errno", failure->error == 0 ? Json() : Json(errno_name(failure->error))}};
}

}  // namespace

Json explanation_json(const Explanation& explained) {
  const Plan& plan = explained.plan;
  Json json{{"version", 1},
            {"failure", failure_json(plan.failure)},
            {"ops", ops_json(plan)},
            {"mounts", mounts_json(plan)},
            {"tree", tree_json(plan)},
            {"program", program_json(explained)},
            {"findings", findings_json(explained.findings)}};
  if (!plan.calls.empty()) json["calls"] = calls_json(plan);
  return json;
}

}  // namespace kekkai::cli
