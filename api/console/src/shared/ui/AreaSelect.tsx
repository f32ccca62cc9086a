import { useQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { useState } from "react";

import { findAreas, getArea } from "../../api/endpoints";

interface Props {
  /** Empty for none. */
  code: string;
  change: (code: string) => void;
  placeholder: string;
  size?: "small" | "middle";
  "data-filter"?: string;
}

/** Choose an area by name; the list begins with the largest ones. */
export function AreaSelect({ code, change, placeholder, size = "middle", ...rest }: Props) {
  const [text, setText] = useState("");
  const [isOpen, setIsOpen] = useState(false);
  const found = useQuery({
    queryKey: ["areas", text],
    queryFn: () => findAreas(text),
    enabled: isOpen,
    placeholderData: (last) => last,
    staleTime: Infinity,
  });
  const chosen = useQuery({
    queryKey: ["area", code],
    queryFn: () => getArea(code),
    enabled: code !== "",
    staleTime: Infinity,
  });
  const options = (found.data?.items ?? []).map((area) => ({ value: area.code, label: area.name }));
  const isListed = code === "" || options.some(({ value }) => value === code);
  return (
    <Select
      size={size}
      allowClear
      showSearch={{ filterOption: false, onSearch: setText }}
      popupMatchSelectWidth={260}
      aria-label={placeholder}
      placeholder={placeholder}
      value={code || null}
      options={isListed ? options : [{ value: code, label: chosen.data?.name ?? code }, ...options]}
      onOpenChange={setIsOpen}
      onChange={(next) => change(next ?? "")}
      {...rest}
    />
  );
}
