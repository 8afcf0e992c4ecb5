// Sends www.example.com to example.com, path and query string included.
function handler(event) {
  var request = event.request;
  var host = request.headers.host.value;
  if (!host.startsWith('www.')) return request;
  var query = Object.keys(request.querystring).map(function (name) {
    var sent = request.querystring[name];
    return (sent.multiValue || [sent]).map(function (one) { return name + (one.value && '=' + one.value); }).join('&');
  }).join('&');
  var location = 'https://' + host.slice(4) + request.uri + (query && '?' + query);
  return { statusCode: 301, statusDescription: 'Moved Permanently', headers: { location: { value: location } } };
}
