/* The one thing that needs a script before the login: showing what one types as a password. */
(function () {
    'use strict';

    for (const input of document.querySelectorAll('input[type=password]')) {
        const button = document.createElement('button');
        button.type = 'button';
        button.className = 'show';
        button.setAttribute('aria-controls', input.id);
        function show(isShown) {
            input.type = isShown ? 'text' : 'password';
            button.textContent = isShown ? 'Hide' : 'Show';
            button.setAttribute('aria-label', `${button.textContent} the password`);
        }
        button.addEventListener('click', () => show(input.type === 'password'));
        input.form.addEventListener('submit', () => show(false)); // for the password manager
        show(false);
        input.after(button);
    }
})();
