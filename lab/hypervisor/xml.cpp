// SPDX-License-Identifier: Apache-2.0
#include "xml.hpp"

#include <sstream>

namespace migralab {

pugi::xml_node add(pugi::xml_node parent, const char* name, const std::string& text) {
  pugi::xml_node node = parent.append_child(name);
  if (!text.empty()) {
    node.text().set(text.c_str());
  }
  return node;
}

pugi::xml_node with(pugi::xml_node node, const char* name, const std::string& value) {
  node.append_attribute(name) = value.c_str();
  return node;
}

std::string text_of(const pugi::xml_document& document) {
  std::ostringstream text;
  document.save(text, "  ", pugi::format_default | pugi::format_no_declaration);
  return text.str();
}

} // namespace migralab
