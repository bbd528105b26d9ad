// Shows the OpenAPI document of the family that the address names (#capture), the first one by default.
const family = location.hash.slice(1).split("/")[0] || "capture";

window.ui = SwaggerUIBundle({
  url: `${encodeURIComponent(family)}.json`,
  dom_id: "#viewer",
  deepLinking: false,
  tryItOutEnabled: true,
  validatorUrl: null,
});
