// The device was handed to the patient in another tab: what this one shows of the chart goes.
if ("BroadcastChannel" in window && !document.body.hasAttribute("data-handed")) {
  new BroadcastChannel("handed").onmessage = function () {
    window.dispatchEvent(new Event("handed"));
    document.body.replaceChildren();
    location.reload();
  };
}
