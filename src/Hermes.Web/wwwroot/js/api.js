// The try-it page. The token stays in this tab's memory: it is gone with the tab.
const scheme = document.documentElement.dataset.theme;
const dark = matchMedia('(prefers-color-scheme: dark)');
const paint = () => document.documentElement.classList.toggle('dark-mode', scheme ? scheme === 'dark' : dark.matches);
dark.addEventListener('change', paint);
paint();

SwaggerUIBundle({
  url: '/openapi/v1.json',
  dom_id: '#api',
  layout: 'HermesLayout',
  plugins: [layout],
  // A link in the button that opens an operation could not be reached by keyboard.
  deepLinking: false,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  filter: true,
  persistAuthorization: false,
  validatorUrl: null,
  // Pages sign in by cookie; here the token that was entered decides, so that what is tried is what a program would get.
  requestInterceptor: request => {
    request.credentials = 'omit';
    return request;
  },
});

/** Its parts within this page's own head and landmarks, without a choice of servers: there is this one. */
function layout({ React: { createElement: element } }) {
  const HermesLayout = ({ getComponent, specSelectors }) => {
    const part = (name, container = true) => element(getComponent(name, container));
    const loaded = specSelectors.loadingStatus() === 'success';
    return element('div', { className: 'swagger-ui' },
      part('SvgAssets', false),
      part('errors'),
      loaded && element('div', { className: 'tools' }, part('FilterContainer'), part('AuthorizeBtnContainer')),
      loaded && element('h2', { className: 'sr' }, 'Operations'),
      loaded && part('operations'),
      loaded && part('Models'));
  };
  return { components: { HermesLayout } };
}
