/* The pages Users and Account: who may come in, what is one's own.
 *
 * Draws into #users and #account what the REST API says (web/api/accounts.py), and again whenever
 * the server says that accounts have changed: data-accounts of #app. Two pages never disagree.
 */
(function () {
    'use strict';

    const ROLES = {
        viewer: 'Sees the live picture, captures and sensors.',
        operator: 'Steers the camera, too; takes, protects and deletes captures.',
        admin: 'Looks after settings, people and the system, too.'
    };

    // ---------------------------------------------------------------- parts

    /** Make an element; `on…` are listeners, what is null is left out. */
    function make(tag, attributes, ...children) {
        const element = document.createElement(tag);
        for (const [name, value] of Object.entries(attributes || {})) {
            if (name.startsWith('on')) {
                element.addEventListener(name.slice(2), value);
            } else if (value !== null && value !== false) {
                element.setAttribute(name, value === true ? '' : value);
            }
        }
        element.append(...children.flat().filter((child) => child !== null));
        return element;
    }

    function card(title, ...children) {
        return make('section', {class: 'vz-card'}, make('h2', {}, title), ...children);
    }

    function field(name, label, attributes, hint) {
        const input = make('input', {id: name, name, required: true, maxlength: 128,
            'aria-describedby': `${name}-said`, ...attributes});
        const box = make('div', {class: 'ac-box'}, input);
        if (attributes.type === 'password') {
            box.append(make('button', {type: 'button', class: 'ac-plain', 'aria-controls': name,
                onclick(event) {
                    const isHidden = input.type === 'password';
                    input.type = isHidden ? 'text' : 'password';
                    event.target.textContent = isHidden ? 'Hide' : 'Show';
                }}, 'Show'));
        }
        return make('div', {class: 'ac-field'}, make('label', {for: name}, label), box,
            make('p', {id: `${name}-said`, class: 'ac-said'}, hint || ''));
    }

    function roleSelect(attributes, value, most) {
        const names = Object.keys(ROLES);
        const offered = names.slice(0, names.indexOf(most) + 1);
        return make('select', attributes, ...offered.map((name) =>
            make('option', {value: name, selected: name === value}, name)));
    }

    /** A form that says beside its field what was refused, and once what was done. */
    function form(id, fields, button, send) {
        const said = make('p', {class: 'ac-said', role: 'alert'});
        const submit = make('button', {type: 'submit', class: 'vz-button vz-primary'}, button);
        return make('form', {id, class: 'ac-form', async onsubmit(event) {
            event.preventDefault();
            const form = event.target;
            submit.disabled = true;
            said.textContent = '';
            try {
                await send(Object.fromEntries(new FormData(form)));
                form.reset();
            } catch (error) {
                said.textContent = error.message;
            } finally {
                submit.disabled = false;
            }
        }}, ...fields, said, submit);
    }

    function ago(time) {
        const s = (Date.now() - Date.parse(time)) / 1000;
        return s < 90 ? 'now' : s < 5400 ? `${Math.round(s / 60)} min ago` :
            s < 129600 ? `${Math.round(s / 3600)} h ago` : new Date(time).toLocaleDateString();
    }

    const say = (text, isFailure) => window.vizy.notify(text, isFailure ? 'failed' : 'done');

    /** Ask before something that cannot be taken back. */
    function confirmed(question, detail, button) {
        return new Promise((resolve) => {
            const dialog = make('dialog', {class: 'ac-dialog', 'aria-labelledby': 'ac-question',
                onclose() {
                    dialog.remove();
                    resolve(dialog.returnValue === 'yes');
                }},
                make('form', {method: 'dialog'}, make('h2', {id: 'ac-question'}, question),
                    make('p', {}, detail),
                    make('div', {class: 'ac-row'},
                        make('button', {class: 'vz-button', value: 'no'}, 'Cancel'),
                        make('button', {class: 'vz-button vz-primary', value: 'yes'}, button))));
            document.body.append(dialog);
            dialog.showModal();
        });
    }

    // ---------------------------------------------------------------- the server

    const ask = (method, path, body) => window.vizy.ask(method, path, body);

    /** Do what a button in a row stands for, and say what came of it. */
    async function act(method, path, body, done) {
        try {
            await ask(method, path, body);
            say(done);
        } catch (error) {
            say(error.message, true);
            // What was chosen is not so: everything is shown as it is.
            document.querySelectorAll('.ac-list').forEach((list) => list.replaceChildren());
            refresh();
        }
    }

    // ---------------------------------------------------------------- Users

    const userPath = (user) => `/users/${encodeURIComponent(user.name)}`;

    function personRow(user, me, isLastAdmin) {
        const remove = async () => {
            const detail = 'All their browsers are signed out, and their tokens stop working.';
            if (await confirmed(`Remove ${user.name}?`, detail, 'Remove')) {
                act('DELETE', userPath(user), null, `${user.name} is removed.`);
            }
        };
        const isMe = user.name === me;
        return make('li', {'data-key': user.name},
            make('div', {class: 'ac-who'},
                make('strong', {}, user.name), isMe ? make('span', {class: 'ac-mark'}, 'you') : null,
                make('div', {class: 'ac-soft'}, user.seen ? `Last seen ${ago(user.seen)}` :
                    'Not signed in')),
            roleSelect({'aria-label': `Role of ${user.name}`, disabled: isLastAdmin,
                title: isLastAdmin ? 'The last admin: make somebody else admin first' : null,
                onchange(event) {
                    act('PATCH', userPath(user), {role: event.target.value},
                        `${user.name} is ${event.target.value} now.`);
                }}, user.role, 'admin'),
            make('button', {type: 'button', class: 'vz-button', disabled: isMe,
                title: isMe ? 'Your own password: on the page Account' : null,
                'aria-label': `New password for ${user.name}`, onclick: () => newPassword(user)},
                'New password'),
            make('button', {type: 'button', class: 'vz-tool', 'data-icon': 'trash',
                'aria-label': `Remove ${user.name}`, disabled: isLastAdmin, onclick: remove}));
    }

    function newPassword(user) {
        const close = () => dialog.close();
        const dialog = make('dialog', {class: 'ac-dialog', 'aria-labelledby': 'ac-question',
            onclose: () => dialog.remove()},
            make('h2', {id: 'ac-question'}, `New password for ${user.name}`),
            make('p', {}, 'All their browsers are signed out.'),
            form('set-password', [field('new', 'Password', {type: 'password', minlength: 8,
                autocomplete: 'new-password'}, 'At least 8 characters.')], 'Set it',
            async ({'new': password}) => {
                await ask('PUT', `${userPath(user)}/password`, {password});
                say(`${user.name} has a new password.`);
                close();
            }),
            make('button', {type: 'button', class: 'vz-button', onclick: close}, 'Cancel'));
        document.body.append(dialog);
        dialog.showModal();
    }

    const usersPage = {
        root: 'users',
        draw(root) {
            root.append(
                card('People', make('ul', {id: 'people', class: 'ac-list', 'aria-label': 'People'}),
                    make('dl', {class: 'ac-roles'}, ...Object.entries(ROLES).flatMap(([name, may]) =>
                        [make('dt', {}, name), make('dd', {}, may)]))),
                card('Let somebody in', form('add-user', [
                    field('name', 'Name', {maxlength: 32, autocomplete: 'off', autocapitalize: 'none'},
                        'Letters, digits and spaces.'),
                    make('div', {class: 'ac-field'}, make('label', {for: 'role'}, 'They are'),
                        roleSelect({id: 'role', name: 'role'}, 'viewer', 'admin')),
                    field('password', 'Password to begin with', {type: 'password', minlength: 8,
                        autocomplete: 'new-password'}, 'At least 8 characters; they can change it.')
                ], 'Add', async (user) => {
                    await ask('POST', '/users', {...user, name: user.name.trim()});
                    say(`${user.name} may come in.`);
                })));
        },
        async refresh(root) {
            const {items} = await ask('GET', '/users');
            const admins = items.filter((user) => user.role === 'admin');
            fill('people', items, (user) => personRow(user, root.dataset.name,
                user.role === 'admin' && admins.length === 1));
        }
    };

    // ---------------------------------------------------------------- Account

    function sessionRow(session) {
        return make('li', {'data-key': session.id},
            make('div', {class: 'ac-who'}, make('strong', {}, session.device),
                session.is_current ? make('span', {class: 'ac-mark'}, 'this browser') : null,
                make('div', {class: 'ac-soft'}, `${session.address} · ${ago(session.seen)}`)),
            session.is_current ? null :
                make('button', {type: 'button', class: 'vz-button',
                    'aria-label': `Sign out ${session.device}`,
                    onclick: () => act('DELETE', `/sessions/${session.id}`, null,
                        `${session.device} is signed out.`)}, 'Sign out'));
    }

    function tokenRow(token) {
        const revoke = async () => {
            const detail = 'The program that shows it is refused from then on.';
            if (await confirmed(`Revoke ${token.name}?`, detail, 'Revoke')) {
                act('DELETE', `/tokens/${token.id}`, null, `${token.name} is revoked.`);
            }
        };
        return make('li', {'data-key': token.id},
            make('div', {class: 'ac-who'}, make('strong', {}, token.name),
                make('span', {class: 'ac-mark'}, token.role),
                make('div', {class: 'ac-soft'}, token.used ? `Used ${ago(token.used)}` :
                    'Not used yet')),
            make('button', {type: 'button', class: 'vz-button',
                'aria-label': `Revoke ${token.name}`, onclick: revoke}, 'Revoke'));
    }

    /** Show a new token, this once. */
    function showToken(token) {
        const secret = make('input', {id: 'token-secret', readonly: true, value: token.secret,
            'aria-label': `Token ${token.name}`, onfocus: (event) => event.target.select()});
        const copy = async (event) => {
            secret.select();
            // The clipboard's own interface is for https only.
            const isCopied = navigator.clipboard ?
                await navigator.clipboard.writeText(token.secret).then(() => true, () => false) :
                document.execCommand('copy');
            event.target.textContent = isCopied ? 'Copied' : 'Press Ctrl-C';
        };
        document.getElementById('new-token').replaceChildren(
            make('p', {}, `${token.name} is made. Copy it now: it is not shown again.`),
            make('div', {class: 'ac-row'}, secret,
                make('button', {type: 'button', class: 'vz-button vz-primary', onclick: copy}, 'Copy')));
        secret.focus();
    }

    const accountPage = {
        root: 'account',
        draw(root) {
            const name = root.dataset.name;
            const role = document.getElementById('app').dataset.role;
            root.append(
                make('section', {class: 'vz-card ac-me'},
                    make('div', {}, make('h2', {}, name, make('span', {class: 'ac-mark'}, role)),
                        make('p', {class: 'ac-soft'}, ROLES[role])),
                    make('form', {method: 'post', action: '/logout'},
                        make('button', {class: 'vz-button'}, 'Sign out'))),
                card('Signed in', make('ul', {id: 'own-sessions', class: 'ac-list'}),
                    make('button', {type: 'button', id: 'end-sessions', class: 'vz-button',
                        onclick: () => act('DELETE', '/sessions', null, 'Signed out everywhere.')},
                    'Sign out everywhere')),
                card('Password', form('change-password', [
                    // For the password manager: which account this is.
                    make('input', {name: 'username', value: name, autocomplete: 'username', hidden: true}),
                    field('old', 'Present password', {type: 'password',
                        autocomplete: 'current-password'}),
                    field('password', 'New password', {type: 'password', minlength: 8,
                        autocomplete: 'new-password'},
                    'At least 8 characters. Your other browsers are signed out.')
                ], 'Change', async ({old, password}) => {
                    await ask('PUT', '/me/password', {old, password});
                    say('Your password is changed.');
                })),
                card('Tokens for programs',
                    make('p', {class: 'ac-soft'}, 'A program shows a token instead of a password: ',
                        make('code', {}, 'Authorization: Bearer')),
                    make('ul', {id: 'own-tokens', class: 'ac-list'}),
                    make('div', {id: 'new-token', role: 'status'}),
                    form('create-token', [
                        field('token-name', 'What it is for', {maxlength: 40, autocomplete: 'off'},
                            'As "Wall display" or "Home Assistant".'),
                        make('div', {class: 'ac-field'}, make('label', {for: 'token-role'}, 'It is'),
                            roleSelect({id: 'token-role', name: 'token-role'}, 'viewer', role))
                    ], 'Make a token', async (given) => {
                        showToken(await ask('POST', '/tokens',
                            {name: given['token-name'], role: given['token-role']}));
                    })));
        },
        async refresh(root) {
            const own = (item) => item.user === root.dataset.name;
            const [sessions, tokens] = await Promise.all([ask('GET', '/sessions'), ask('GET', '/tokens')]);
            fill('own-sessions', sessions.items.filter(own), sessionRow);
            fill('own-tokens', tokens.items.filter(own), tokenRow);
        }
    };

    // ---------------------------------------------------------------- following

    /** Draw a list anew where it differs; what has the focus keeps it. */
    function fill(id, items, row) {
        const list = document.getElementById(id);
        const rows = items.map(row);
        if (list) {
            list.dataset.loaded = '';
        }
        if (!list || list.innerHTML === rows.map((element) => element.outerHTML).join('')) {
            return;
        }
        const held = document.activeElement && document.activeElement.closest(`#${id} [data-key]`);
        const label = held && document.activeElement.getAttribute('aria-label');
        list.replaceChildren(...rows);
        if (label) {
            const again = [...list.querySelectorAll('[aria-label]')]
                .find((element) => element.getAttribute('aria-label') === label);
            (again || list.closest('.vz-card').querySelector('button')).focus();
        }
    }

    let shown = null; // the page that is drawn, and its root

    async function refresh() {
        const now = shown;
        if (!now) {
            return;
        }
        try {
            await now.page.refresh(now.root);
        } catch (error) {
            if (shown === now) {
                say(error.message, true);
            }
        }
    }

    function follow() {
        if (shown && !shown.root.isConnected) {
            shown = null;
        }
        for (const page of [usersPage, accountPage]) {
            const root = document.getElementById(page.root);
            if (root && (!shown || shown.root !== root)) {
                shown = {page, root};
                page.draw(root);
                refresh();
            }
        }
    }

    new MutationObserver((changes) => {
        follow();
        if (changes.some((change) => change.attributeName === 'data-accounts')) {
            refresh();
        }
    }).observe(document, {subtree: true, childList: true, attributeFilter: ['data-accounts']});
    setInterval(refresh, 60000); // "5 min ago" grows older
})();
