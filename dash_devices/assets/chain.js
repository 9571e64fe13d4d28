/* Callbacks that the server runs right after the one they follow from.
 *
 * The request of the first takes along what each of the others would be asked; its answer holds the
 * outputs of all, and says who has run, so that the renderer's own requests for these are answered
 * here.
 */

const RAN_MS = 1000; // the renderer asks at once or not at all

let chains = {};            // callback -> those that follow it on the server, in order
const ran = new Map();      // callback -> the inputs that it has run with, and when

function linksOf(output) {
    return (chains[output] || []).map(linkOf).filter(Boolean);
}

function linkOf(output) {
    const spec = stores().flatMap((store) => store.getState().dependenciesRequest.content || [])
        .find((callback) => callback.output === output);
    const fill = (items) => items.map(({id, property}) =>
        ({id, property, value: (propsOf(id) || {})[property]}));
    if (!spec || ![...spec.inputs, ...spec.state].every(({id}) => propsOf(id))) {
        return null;
    }
    return {
        output, outputs: spec.no_output ? [] : outputsOf(output), inputs: fill(spec.inputs),
        state: fill(spec.state), changedPropIds: []
    };
}

// As the renderer reads the name that Dash gives a callback.
function outputsOf(output) {
    const parse = (text) => {
        const [id, property] = splitPropId(text);
        return {id, property};
    };
    return output.startsWith('..')
        ? output.slice(2, -2).split('...').map(parse) : parse(output);
}

function noteRan(links, names, response) {
    for (const link of links.filter(({output}) => names.includes(output))) {
        const inputs = link.inputs.map(({id, property, value}) => {
            const set = (response[id] || {})[property];
            return set === undefined ? value : set;
        });
        ran.set(link.output, {inputs: JSON.stringify(inputs), at: performance.now()});
    }
}

function hasRunOnServer(update) {
    const known = ran.get(update.output);
    ran.delete(update.output);
    return known !== undefined && performance.now() - known.at < RAN_MS &&
        known.inputs === JSON.stringify(update.inputs.map(({value}) => value));
}
