// SPDX-License-Identifier: Apache-2.0
// Domain XML in the making. Private to this room; every text is escaped by pugixml.
#pragma once

#include <pugixml.hpp>
#include <string>

namespace migralab {

/// A new element below `parent`, with that text.
pugi::xml_node add(pugi::xml_node parent, const char* name, const std::string& text = {});

/// The same element with one more attribute.
pugi::xml_node with(pugi::xml_node node, const char* name, const std::string& value);

[[nodiscard]] std::string text_of(const pugi::xml_document& document);

} // namespace migralab
