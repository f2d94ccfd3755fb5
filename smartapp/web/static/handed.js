// The device was handed to the patient in another tab: what this one shows of the chart goes.
if (!document.body.hasAttribute("data-handed")) {
  new BroadcastChannel("handed").onmessage = () => {
    dispatchEvent(new Event("handed"));
    document.body.replaceChildren();
    location.reload();
  };
}
