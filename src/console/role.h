#pragma once

#include <optional>
#include <string_view>

namespace rowhouse::console {

// What somebody may do; each may do what those before it may.
enum class Role {
  kNone,      // not signed in
  kViewer,    // reads
  kOperator,  // acts on the pipeline
  kAdmin,     // users, tokens, clusters, alert channels
};

constexpr std::string_view RoleName(Role role) {
  switch (role) {
    case Role::kNone:
      return "none";
    case Role::kViewer:
      return "viewer";
    case Role::kOperator:
      return "operator";
    case Role::kAdmin:
      return "admin";
  }
  return "none";
}

// Of "viewer", "operator", "admin".
constexpr std::optional<Role> RoleOf(std::string_view name) {
  for (const Role role : {Role::kViewer, Role::kOperator, Role::kAdmin}) {
    if (RoleName(role) == name) {
      return role;
    }
  }
  return std::nullopt;
}

}  // namespace rowhouse::console
