/**
 * Runs in the head of a question's page, before there is anything to see: `?ask` hides the answer, by
 * the style sheet, until ask.js shows it part by part.
 */
{
  const look = () => {
    const asked = new URLSearchParams(location.search).has("ask");
    document.documentElement.toggleAttribute("data-ask", asked);
  };
  look();
  // Going back: the theme changes the content later than this.
  addEventListener("popstate", look);
}
