// The try-it page. The token stays in this tab's memory: it is gone with the tab.
SwaggerUIBundle({
  url: '/openapi/v1.json',
  dom_id: '#api',
  deepLinking: true,
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
