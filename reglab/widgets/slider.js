// A native range input: the browser gives it its keys, its focus ring and its role; the label its name.
// Python chooses the words (labels) and hears which of them was chosen (index).
function render({ model, el }) {
  const id = `reglab-slider-${crypto.randomUUID()}`;
  const label = document.createElement("label");
  const input = document.createElement("input");
  const readout = document.createElement("output");
  label.htmlFor = id;
  label.textContent = model.get("description");
  label.style.width = model.get("name_width");
  Object.assign(input, { id, type: "range", min: 0, max: model.get("labels").length - 1, step: 1 });
  input.setAttribute("data-lm-suppress-shortcuts", "true"); // or JupyterLab takes the arrow keys

  const say = () => {
    readout.textContent = model.get("labels")[input.value];
    input.setAttribute("aria-valuetext", readout.textContent);
  };
  const show = () => {
    input.value = model.get("index");
    say();
  };
  const tell = () => {
    model.set("index", Number(input.value));
    model.save_changes();
  };
  input.addEventListener("input", say);
  input.addEventListener(model.get("live") ? "input" : "change", tell);
  model.on("change:index", show);
  show();

  el.classList.add("reglab-slider");
  el.append(label, input, readout);
  return () => model.off("change:index", show);
}

export default { render };
