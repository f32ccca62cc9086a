/** Requests of the settings of channels. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { getChannels, setChannels } from "../../api/endpoints";
import type { ChannelsRequest } from "../../api/types";

/** How a person is reached, and a function that changes it. */
export function useChannels(account: string) {
  const queryClient = useQueryClient();
  const queryKey = ["channels", account];
  const query = useQuery({ queryKey, queryFn: () => getChannels(account) });
  const change = useMutation({
    mutationFn: (body: ChannelsRequest) => setChannels(account, body),
    retry: false,
    onSuccess: async (stored) => {
      queryClient.setQueryData(queryKey, stored);
      await queryClient.invalidateQueries({ queryKey: ["reachability"] });
    },
  });
  return { query, change };
}
