/**
 * Runs in the head of a permanent link's page: leads on to the question wherever it stands, with all
 * that the address held. The permanent link itself is no stop on the way back.
 */
{
  const to = document.currentScript?.dataset.to ?? "./";
  const search = to.includes("?") ? location.search.replace("?", "&") : location.search;
  location.replace(to + search + location.hash);
}
